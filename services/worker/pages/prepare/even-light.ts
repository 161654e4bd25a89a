// Photos of paper: light falls off towards a corner, and a desk lies around the page. The ground
// is estimated block by block and divided out; what is far darker than paper and reaches in from
// the edge is wiped.
import type { GreyImage } from '../../engine/engine.ts';
import { findGround, type Ground } from './ground.ts';
import type { Prepared, Step } from './step.ts';

/** Light is uneven when the dim ground of a page is darker than this share of the bright one. */
const even = 0.8;
/** Ground darker than this share of the bright one is no paper. */
const desk = 0.5;
/** What the ground becomes: beyond white, so that its grain becomes white too. */
const paper = 300;
const white = 255;
/** Pixels in a row, brighter than that, where a walk in from the edge has reached the paper. */
const arrived = { pixels: 12, level: 200 };

export const evenLight: Step = {
  name: 'even-light',
  async apply(image): Promise<Prepared | undefined> {
    const ground = findGround(image);
    const levels = ground.levels.toSorted();
    const at = (share: number) => levels[Math.floor(share * (levels.length - 1))] as number;
    if (at(0.1) >= even * at(0.9)) return undefined;
    const floor = desk * at(0.9);
    const lit = { ...image, data: divide(image, ground, floor) };
    wipeDesk(lit, ground, floor);
    return { image: lit, turned: 0, back: (point) => point };
  },
};

/** Between the blocks the ground is interpolated, else their edges would show. */
function divide({ data, width, height }: GreyImage, ground: Ground, floor: number): Uint8Array {
  const { columns, rows, size, levels } = ground;
  const out = new Uint8ClampedArray(data.length);
  const gains = new Float32Array(columns);
  for (let y = 0; y < height; y++) {
    const fy = Math.min(rows - 1, Math.max(0, (y + 0.5) / size - 0.5));
    const upper = Math.floor(fy) * columns;
    const lower = Math.min(rows - 1, Math.floor(fy) + 1) * columns;
    const part = fy - Math.floor(fy);
    for (let c = 0; c < columns; c++) {
      const above = levels[upper + c] as number;
      const below = levels[lower + c] as number;
      gains[c] = paper / Math.max(floor, above + (below - above) * part, 1);
    }
    for (let x = 0, at = y * width; x < width; x++, at++) {
      const fx = Math.min(columns - 1, Math.max(0, (x + 0.5) / size - 0.5));
      const c = fx | 0;
      const here = gains[c] as number;
      const next = gains[Math.min(c + 1, columns - 1)] as number;
      out[at] = (data[at] as number) * (here + (next - here) * (fx - c));
    }
  }
  return new Uint8Array(out.buffer);
}

function wipeDesk({ data, width, height }: GreyImage, ground: Ground, floor: number): void {
  const { columns, size } = ground;
  const mask = deskBlocks(ground, floor);
  const walk = (start: number, step: number, length: number) => {
    let bright = 0;
    for (let i = 0, at = start; i < length && bright < arrived.pixels; i++, at += step) {
      const block = Math.floor(at / width / size) * columns + Math.floor((at % width) / size);
      if (!mask[block]) return;
      bright = (data[at] as number) < arrived.level ? 0 : bright + 1;
      data[at] = white;
    }
  };
  for (let y = 0; y < height; y++) {
    walk(y * width, 1, width);
    walk(y * width + width - 1, -1, width);
  }
  for (let x = 0; x < width; x++) {
    walk(x, width, height);
    walk((height - 1) * width + x, -width, height);
  }
}

/** Blocks of the desk and those near it, where its edge may run. */
function deskBlocks({ columns, rows, found }: Ground, floor: number): Uint8Array {
  const reach = 2;
  const mask = new Uint8Array(columns * rows);
  for (const [index, level] of found.entries()) {
    if (level >= floor) continue;
    const row = Math.floor(index / columns);
    const column = index % columns;
    for (let y = Math.max(0, row - reach); y <= Math.min(rows - 1, row + reach); y++) {
      const from = y * columns + Math.max(0, column - reach);
      mask.fill(1, from, y * columns + Math.min(columns - 1, column + reach) + 1);
    }
  }
  return mask;
}
