// Where the writing is, on a small copy: pixels clearly darker than their surroundings. So
// neither shadows nor the desk around the paper count, only strokes and rules.
import sharp from 'sharp';
import type { GreyImage } from '../../engine/engine.ts';
import { fitWithin } from '../scale.ts';
import { once } from './once.ts';

export interface Ink {
  readonly width: number;
  readonly height: number;
  /** Coordinates of the dark pixels. */
  readonly xs: Uint16Array;
  readonly ys: Uint16Array;
}

/** Pixels of the longer side: a line of small print is still a line. */
const side = 800;
/** Half of the window that counts as surroundings: some lines of print. */
const reach = 8;
/** Darker than its surroundings by this share is ink; noise and paper grain are less. */
const contrast = 0.12;

const window = (2 * reach + 1) ** 2;

export const findInk = once(async (image: GreyImage): Promise<Ink> => {
  const { data, width, height } = await shrink(image);
  const sums = integrate(data, width, height);
  const xs = new Uint16Array(width * height);
  const ys = new Uint16Array(width * height);
  let count = 0;
  for (let y = reach; y < height - reach; y++) {
    const above = (y - reach) * (width + 1);
    const below = (y + reach + 1) * (width + 1);
    for (let x = reach; x < width - reach; x++) {
      const left = x - reach;
      const right = x + reach + 1;
      const sum =
        (sums[below + right] as number) -
        (sums[below + left] as number) -
        (sums[above + right] as number) +
        (sums[above + left] as number);
      const mean = sum / window;
      if ((data[y * width + x] as number) >= mean * (1 - contrast) - 8) continue;
      xs[count] = x;
      ys[count] = y;
      count++;
    }
  }
  return { width, height, xs: xs.subarray(0, count), ys: ys.subarray(0, count) };
});

async function shrink(image: GreyImage) {
  const { width, height } = image;
  const small = fitWithin(image, side);
  if (small.width === width) return image;
  const data = await sharp(image.data, { raw: { width, height, channels: 1 } })
    .resize({ ...small, fit: 'fill', kernel: 'linear' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  return { data, ...small };
}

/** Sums of the rectangles from the corner, one row and column larger than the image. */
function integrate(data: Uint8Array, width: number, height: number): Uint32Array {
  const sums = new Uint32Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y++) {
    let row = 0;
    const at = (y + 1) * (width + 1) + 1;
    for (let x = 0; x < width; x++) {
      row += data[y * width + x] as number;
      sums[at + x] = (sums[at + x - width - 1] as number) + row;
    }
  }
  return sums;
}
