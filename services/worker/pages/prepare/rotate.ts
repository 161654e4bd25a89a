// Turns an image by any angle around its middle, onto a canvas that holds all of it.
import type { GreyImage } from '../../engine/engine.ts';
import type { Prepared } from './step.ts';

/** `degrees` clockwise. What comes from outside of the image is as bright as its nearest edge. */
export function rotate(image: GreyImage, degrees: number): Prepared {
  const { width: w, height: h } = image;
  const angle = (degrees * Math.PI) / 180;
  const sin = Math.sin(angle);
  const cos = Math.cos(angle);
  const width = Math.round(Math.abs(w * cos) + Math.abs(h * sin));
  const height = Math.round(Math.abs(w * sin) + Math.abs(h * cos));
  // The middle of a pixel is half a pixel from its corner.
  const back = ([x, y]: readonly [number, number]) => {
    const dx = x - width / 2;
    const dy = y - height / 2;
    return [dx * cos + dy * sin + w / 2, dy * cos - dx * sin + h / 2] as const;
  };
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const [startX, startY] = back([0.5, y + 0.5]);
    let sx = startX - 0.5;
    let sy = startY - 0.5;
    const row = y * width;
    for (let x = 0; x < width; x++) {
      data[row + x] = sample(image.data, w, h, sx, sy);
      sx += cos;
      sy -= sin;
    }
  }
  return { image: { ...image, width, height, data }, turned: degrees, back };
}

/** Between the four pixels around it. */
function sample(data: Uint8Array, w: number, h: number, x: number, y: number): number {
  const cx = Math.min(w - 1.001, Math.max(0, x));
  const cy = Math.min(h - 1.001, Math.max(0, y));
  const ix = cx | 0;
  const iy = cy | 0;
  const fx = cx - ix;
  const fy = cy - iy;
  const at = iy * w + ix;
  const top = (data[at] as number) * (1 - fx) + (data[at + 1] as number) * fx;
  const bottom = (data[at + w] as number) * (1 - fx) + (data[at + w + 1] as number) * fx;
  return top + (bottom - top) * fy + 0.5;
}
