// How bright the paper, or the screen, is in each part of an image: block by block from its
// bright pixels.
import type { GreyImage } from '../../engine/engine.ts';

export interface Ground {
  readonly columns: number;
  readonly rows: number;
  /** Pixels of a block's side. */
  readonly size: number;
  /** Row by row, smoothed over their neighbours. */
  readonly levels: Float32Array;
}

/** Blocks along the longer side. */
const blocks = 48;
/** Pixels that are looked at along the side of a block. */
const looks = 16;
/** The ground is as bright as this share of the pixels at least: print is darker, specks are fewer. */
const brightest = 0.2;

export function findGround(image: GreyImage): Ground {
  const { width, height } = image;
  const size = Math.max(8, Math.ceil(Math.max(width, height) / blocks));
  const columns = Math.ceil(width / size);
  const rows = Math.ceil(height / size);
  const found = new Float32Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      found[row * columns + column] = levelOf(image, column * size, row * size, size);
    }
  }
  return {
    columns,
    rows,
    size,
    levels: smooth(smooth(found, columns, rows), columns, rows),
  };
}

const counts = new Uint32Array(256);

function levelOf({ data, width, height }: GreyImage, left: number, top: number, size: number) {
  const stride = Math.max(1, Math.floor(size / looks));
  const bottom = Math.min(height, top + size);
  const right = Math.min(width, left + size);
  counts.fill(0);
  let total = 0;
  for (let y = top; y < bottom; y += stride) {
    for (let x = left; x < right; x += stride) {
      const value = data[y * width + x] as number;
      counts[value] = (counts[value] as number) + 1;
      total++;
    }
  }
  let level = 255;
  let seen = counts[255] as number;
  while (level > 0 && seen < total * brightest) {
    level--;
    seen += counts[level] as number;
  }
  return level;
}

function smooth(levels: Float32Array, columns: number, rows: number): Float32Array {
  return levels.map((_level, index) => {
    const row = Math.floor(index / columns);
    const column = index % columns;
    let sum = 0;
    let count = 0;
    for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
      for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
        sum += levels[y * columns + x] as number;
        count++;
      }
    }
    return sum / count;
  });
}
