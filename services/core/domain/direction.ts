// Which way the words of a page run. Boxes are of the page as it lies, so on a page on its side they
// stand: a line that is taller than wide runs down or up, and the order of its words says which.

import type { PageResult, Word } from './pages.ts';
import { layOut } from './results/layout.ts';

/** Degrees, clockwise, from running to the right. */
export type Direction = 0 | 90 | 180 | 270;

/** Words of fewer letters are taller than wide wherever they run. */
const fewestLetters = 3;
/** How much longer than across a line is that runs one way. */
const distinct = 1.2;

/** Of each word. */
export function directionsOf({ words, skew }: Pick<PageResult, 'words' | 'skew'>): Direction[] {
  const lines = linesOf(words);
  const lying = Math.abs(skew) > 135 ? 180 : 0;
  // Where every line is of one word, their order says nothing.
  const standing = sideOf(words) ?? (skew < -45 ? 270 : 90);
  const most = standsMostly(lines) ? standing : lying;
  return lines.flatMap((line) => {
    const own = { standing: sideOfLine(line) ?? standing, lying, untold: most } as const;
    return line.words.map(() => own[line.way]);
  });
}

/** Down (90) or up (270) on a page most of whose letters stand. */
export function sideOf(words: readonly Word[]): 90 | 270 | undefined {
  const lines = linesOf(words);
  if (!standsMostly(lines)) return undefined;
  const sides = lines.filter(({ way }) => way === 'standing').map(sideOfLine);
  const up = sides.filter((side) => side === 270).length;
  const down = sides.filter((side) => side === 90).length;
  if (up === down) return undefined;
  return up > down ? 270 : 90;
}

interface RunningLine {
  readonly words: readonly Word[];
  readonly letters: number;
  readonly way: 'standing' | 'lying' | 'untold';
}

function linesOf(words: readonly Word[]): RunningLine[] {
  const paragraphs = layOut(words).flatMap((block) => block.paragraphs);
  return paragraphs
    .flatMap(({ lines }) => lines)
    .map(({ words, box: [, , width, height] }) => {
      const letters = words.reduce((sum, { text }) => sum + [...text].length, 0);
      const isLong = Math.max(width, height) > distinct * Math.min(width, height);
      const way = height > width ? 'standing' : 'lying';
      return { words, letters, way: letters >= fewestLetters && isLong ? way : 'untold' };
    });
}

function standsMostly(lines: readonly RunningLine[]): boolean {
  const lettersOf = (way: RunningLine['way']) =>
    lines.reduce((sum, line) => sum + (line.way === way ? line.letters : 0), 0);
  return lettersOf('standing') > lettersOf('lying');
}

function sideOfLine({ words }: RunningLine): 90 | 270 | undefined {
  const [first, last] = [words[0], words.at(-1)];
  if (!first || !last || first === last) return undefined;
  return middle(last) < middle(first) ? 270 : 90;
}

function middle({ box: [, top, , height] }: Word): number {
  return top + height / 2;
}
