// Takes the rules out of forms and scoring sheets. Layout analysis takes a grid for a picture and
// reads nothing in it, or reads its lines as letters. A rule is a long thin run of dark pixels; no
// letter has a stroke as long.
import type { GreyImage } from '../../engine/engine.ts';
import { mayBeRuled } from './grid.ts';
import { findGround, type Ground } from './ground.ts';
import type { Prepared, Step } from './step.ts';

/** The shortest rule, as a share of the longer side; those that go down lean in photos, and break. */
const shortest = { across: 1 / 24, down: 1 / 32 };
/** In small pictures letters are tall for the page: no rule is shorter than this many pixels. */
const tallLetter = 60;
/** Pixels in a row that noise may have brightened. */
const gap = 2;
/** Dark: below this share of the ground around it. */
const dark = 0.82;
/** Pixel rows and columns of all rules, in widths and heights of the page: a grid has both. */
const fewest = { across: 12, down: 8 };

export const removeRules: Step = {
  name: 'remove-rules',
  async apply(image): Promise<Prepared | undefined> {
    if (!(await mayBeRuled(image))) return undefined;
    const ground = findGround(image);
    const rules = findRules(image, ground);
    if (rules.across < fewest.across || rules.down < fewest.down) return undefined;
    const data = erase(image, rules.marks, ground);
    return { image: { ...image, data, ruled: true }, turned: 0, back: (point) => point };
  },
};

interface Rules {
  /** 1 where a rule is. */
  readonly marks: Uint8Array;
  readonly across: number;
  readonly down: number;
}

function findRules(image: GreyImage, ground: Ground): Rules {
  const { data, width, height } = image;
  const limits = ground.levels.map((level) => dark * level);
  const side = Math.max(width, height);
  const thick = Math.max(4, Math.round(side / 288));
  const marks = new Uint8Array(width * height);
  const found = { across: 0, down: 0 };

  const isDark = (at: number, block: number) => (data[at] as number) < (limits[block] as number);
  const blockAt = (x: number, y: number) =>
    Math.floor(y / ground.size) * ground.columns + Math.floor(x / ground.size);
  const isDarkAt = (x: number, y: number) =>
    x >= 0 && y >= 0 && x < width && y < height && isDark(y * width + x, blockAt(x, y));

  const mark = (way: 'across' | 'down', line: number, from: number, to: number) => {
    if (to - from < Math.max(tallLetter, side * shortest[way])) return;
    const beside = (i: number, by: number) =>
      way === 'across' ? isDarkAt(i, line + by) : isDarkAt(line + by, i);
    if (isFat(from, to, thick, beside)) return;
    found[way] += to - from;
    for (let i = from; i < to; i++)
      marks[way === 'across' ? line * width + i : i * width + line] = 1;
  };

  const rows = createRuns(height, (y, from, to) => mark('across', y, from, to));
  const columns = createRuns(width, (x, from, to) => mark('down', x, from, to));
  for (let y = 0; y < height; y++) {
    const blocks = Math.floor(y / ground.size) * ground.columns;
    for (let x = 0; x < width; x++) {
      if (!isDark(y * width + x, blocks + ((x / ground.size) | 0))) continue;
      rows.add(y, x);
      columns.add(x, y);
    }
  }
  rows.end();
  columns.end();
  return { marks, across: found.across / width, down: found.down / height };
}

/** Collects the dark pixels of each line, which come in order, into runs. */
function createRuns(lines: number, onRun: (line: number, from: number, to: number) => void) {
  const starts = new Int32Array(lines).fill(-1);
  const lasts = new Int32Array(lines);
  const finish = (line: number) => {
    const start = starts[line] as number;
    if (start >= 0) onRun(line, start, (lasts[line] as number) + 1);
  };
  return {
    add(line: number, at: number) {
      if ((starts[line] as number) < 0 || at - (lasts[line] as number) > gap + 1) {
        finish(line);
        starts[line] = at;
      }
      lasts[line] = at;
    },
    end() {
      for (let line = 0; line < lines; line++) finish(line);
    },
  };
}

/** A bar, a picture or the desk rather than a rule: dark on both sides as well. */
function isFat(
  from: number,
  to: number,
  thick: number,
  isDark: (at: number, by: number) => boolean,
): boolean {
  let fat = 0;
  let looked = 0;
  for (let at = from; at < to; at += 4) {
    looked++;
    if (isDark(at, -thick) && isDark(at, thick)) fat++;
    else if (isDark(at, -2 * thick) || isDark(at, 2 * thick)) fat += 0.5;
  }
  return fat * 2 > looked;
}

/** With the pixels around them, which the rule has shaded. */
function erase(
  { data, width, height }: GreyImage,
  marks: Uint8Array,
  { columns, size, levels }: Ground,
): Uint8Array {
  const out = Uint8Array.from(data);
  for (let y = 1; y < height - 1; y++) {
    const blocks = Math.floor(y / size) * columns;
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const near =
        marks[at] || marks[at - width] || marks[at + width] || marks[at - 1] || marks[at + 1];
      if (near) out[at] = levels[blocks + ((x / size) | 0)] as number;
    }
  }
  return out;
}
