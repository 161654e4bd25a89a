// Whether a page may be ruled both ways, as forms and scoring sheets are: told on the small copy,
// before anything is done at full size.
import type { GreyImage } from '../../engine/engine.ts';
import { findInk, type Ink } from './ink.ts';

/** The shortest rule that counts, as a share of the longer side: longer than words are. */
const shortest = 1 / 16;
/** Rules together, in widths and heights of the page. Low: thin rules fade in the copy. */
const fewest = { across: 1.5, down: 0.4 };
/** Pixels to either side of a rule that are free: letters are thicker than this. */
const thickness = 3;

export async function mayBeRuled(image: GreyImage): Promise<boolean> {
  const { width, height, mask } = await maskOf(image);
  const least = Math.max(width, height) * shortest;
  const across = { lines: height, length: width, line: width, step: 1 };
  const down = { lines: width, length: height, line: 1, step: width };
  return (
    rulesAlong(mask, across, least) >= fewest.across * width &&
    rulesAlong(mask, down, least) >= fewest.down * height
  );
}

async function maskOf(image: GreyImage) {
  const { width, height, xs, ys }: Ink = await findInk(image);
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < xs.length; i++) mask[(ys[i] as number) * width + (xs[i] as number)] = 1;
  return { width, height, mask };
}

interface Direction {
  /** How many lines there are, and pixels in each. */
  readonly lines: number;
  readonly length: number;
  /** From a line to the next one, and from a pixel to the next one. */
  readonly line: number;
  readonly step: number;
}

function rulesAlong(
  mask: Uint8Array,
  { lines, length, line, step }: Direction,
  least: number,
): number {
  let total = 0;
  for (let number = thickness; number < lines - thickness; number++) {
    let run = 0;
    let thin = 0;
    for (let i = 0; i <= length; i++) {
      const at = number * line + i * step;
      if (i < length && mask[at]) {
        run++;
        if (!mask[at - thickness * line] && !mask[at + thickness * line]) thin++;
        continue;
      }
      if (run >= least && thin * 2 > run) total += run;
      run = 0;
      thin = 0;
    }
  }
  return total;
}
