// Straightens a page that lies a few degrees askew. Tesseract cuts a page into lines along the
// pixel rows: at 2 degrees neighbours of a wide table run into each other, at 5 nothing is read.
// How: the rows of a straight page alternate between ink and none, and no other angle has as
// sharp a profile (Postl 1986). Pixels are sheared instead of turned while searching.
import type { GreyImage } from '../../engine/engine.ts';
import { findInk, type Ink } from './ink.ts';
import { once } from './once.ts';
import { rotate } from './rotate.ts';
import type { Prepared, Step } from './step.ts';

/** Degrees. Hand-held photos and scanners stay within these; further off is a quarter turn. */
const widest = 8;
const coarse = 0.5;
const fine = 0.1;
/** Below this Tesseract follows the lines by itself, and turning the page costs more than it brings. */
const worthwhile = 0.6;
/** How much sharper the best profile must be than the middling one: pictures have no rows. */
const distinct = 1.25;
/** Points that are looked at. */
const enough = 12_000;

export const straighten: Step = {
  name: 'straighten',
  async apply(image): Promise<Prepared | undefined> {
    const skew = await findSkew(image);
    return Math.abs(skew) < worthwhile ? undefined : rotate(image, -skew);
  },
};

/** Degrees, clockwise, by which the lines of print fall; 0 where there are none. */
export async function findSkew(image: GreyImage): Promise<number> {
  const { ink, sharpest: first } = await profileRows(image);
  // Still sharper at the end of the range: no rows, or rows further off than we turn.
  if (Math.abs(first.angle) >= widest) return 0;
  const middling = first.scores.toSorted((a, b) => a - b)[first.scores.length >> 1] ?? 0;
  const best = scan(ink, first.angle, coarse, fine);
  return best.score > distinct * middling ? best.angle : 0;
}

/** Some of the ink of an image, and the sharpest profile of its rows. */
export const profileRows = once(async (image: GreyImage) => {
  const ink = scatter(await findInk(image));
  return { ink, sharpest: sharpest(ink) };
});

/** The sharpest profile of the rows over all angles that we turn by, and all that were tried. */
export function sharpest(ink: Points): ReturnType<typeof scan> {
  return scan(ink, 0, widest, coarse);
}

interface Points {
  readonly width: number;
  readonly height: number;
  readonly xs: Float32Array;
  readonly ys: Float32Array;
}

/**
 * Some of the ink, scattered within its pixels: else rows that coincide with the raster would
 * look sharper than those of any other angle.
 */
function scatter({ width, height, xs, ys }: Ink): Points {
  const count = Math.min(enough, xs.length);
  const random = createRandom();
  const points = { width, height, xs: new Float32Array(count), ys: new Float32Array(count) };
  for (let i = 0; i < count; i++) {
    const from = Math.floor(((i + random()) * xs.length) / count);
    points.xs[i] = (xs[from] as number) + random();
    points.ys[i] = (ys[from] as number) + random();
  }
  return points;
}

/** The same sequence for every image (xorshift): the same page is read the same way. */
function createRandom(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function scan(ink: Points, around: number, reach: number, step: number) {
  const scores: number[] = [];
  let best = { angle: around, score: -1 };
  const steps = Math.round(reach / step);
  for (let i = -steps; i <= steps; i++) {
    const angle = around + i * step;
    const score = sharpness(ink, angle);
    scores.push(score);
    if (score > best.score) best = { angle, score };
  }
  return { ...best, scores };
}

/** How abruptly the ink of the rows changes when lines fall by `angle`. */
function sharpness({ width, height, xs, ys }: Points, angle: number): number {
  const slope = Math.tan((angle * Math.PI) / 180);
  const margin = Math.ceil(Math.abs(slope) * width) + 1;
  const rows = new Int32Array(height + 2 * margin + 1);
  for (let i = 0; i < xs.length; i++) {
    const row = ((ys[i] as number) - slope * (xs[i] as number) + margin) | 0;
    rows[row] = (rows[row] as number) + 1;
  }
  let sum = 0;
  for (let i = 1; i < rows.length; i++) {
    const step = (rows[i] as number) - (rows[i - 1] as number);
    sum += step * step;
  }
  return sum;
}
