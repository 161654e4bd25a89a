// Words in their blocks, paragraphs and lines, each with the box around it.
import type { Word } from '../pages.ts';

type Box = Word['box'];

export interface Line {
  readonly box: Box;
  readonly words: readonly Word[];
}
export interface Paragraph {
  readonly box: Box;
  readonly lines: readonly Line[];
}
export interface Block {
  readonly box: Box;
  readonly paragraphs: readonly Paragraph[];
}

/** `words` in reading order, as the engine gives them. */
export function layOut(words: readonly Word[]): Block[] {
  return runs(words, (word) => word.block).map((inBlock) => ({
    box: around(inBlock),
    paragraphs: runs(inBlock, (word) => word.paragraph).map((inParagraph) => ({
      box: around(inParagraph),
      lines: runs(inParagraph, (word) => word.line).map((inLine) => ({
        box: around(inLine),
        words: inLine,
      })),
    })),
  }));
}

/** Neighbours of the same number together. */
function runs(words: readonly Word[], number: (word: Word) => number): Word[][] {
  const found: Word[][] = [];
  let last: Word | undefined;
  for (const word of words) {
    if (last && number(last) === number(word)) found.at(-1)?.push(word);
    else found.push([word]);
    last = word;
  }
  return found;
}

function around(words: readonly Word[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { box } of words) {
    left = Math.min(left, box[0]);
    top = Math.min(top, box[1]);
    right = Math.max(right, box[0] + box[2]);
    bottom = Math.max(bottom, box[1] + box[3]);
  }
  return [left, top, right - left, bottom - top];
}
