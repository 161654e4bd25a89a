// Turns an image by quarters: pixels move, none is made up.
import type { GreyImage } from '../../engine/engine.ts';
import type { Prepared } from './step.ts';

/** Quarters, clockwise. */
export type Quarters = 1 | 2 | 3;

export function turn(image: GreyImage, quarters: Quarters): Prepared {
  const { data: from, width: w, height: h } = image;
  const data = new Uint8Array(from.length);
  const [width, height] = quarters === 2 ? [w, h] : [h, w];
  // Where the pixel above the left corner's right neighbour, and the one below it, come from.
  const [start, right, down] = {
    1: [(h - 1) * w, -w, 1],
    2: [h * w - 1, -1, -w],
    3: [w - 1, w, -1],
  }[quarters] as [number, number, number];
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0, at = start + y * down; x < width; x++, at += right) {
      data[to++] = from[at] as number;
    }
  }
  const back = ([x, y]: readonly [number, number]) =>
    ({ 1: [y, h - x], 2: [w - x, h - y], 3: [w - y, x] })[quarters] as [number, number];
  return { image: { ...image, width, height, data }, turned: 90 * quarters, back };
}
