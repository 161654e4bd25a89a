// Finds out that a page lies upside down from what was read on it: no look at pixels tells it, but
// print the wrong way up comes out as words that the recogniser itself does not believe. Only such pages pay:
// first for a strip read the other way up, then, where that is better, for all of it.
import type { Word } from '#core/domain/pages.ts';
import { type PreparedImage, prepareFurther } from '../pages/prepare/prepare.ts';
import { turn } from '../pages/prepare/turn.ts';
import type { GreyImage } from './engine.ts';

/** Mean confidence. Print the wrong way up had 53 at most; of 92 pages that lie right 7 have less than this. */
const doubtful = 55;
/**
 * The mean of few words strays further: of 32 rendered snippets of 2 to 45 words print the wrong way up had 69 at most, the right way
 * up 89 at least. What is believed between the two must be believed past it the other way up.
 */
const few = { words: 20, doubtful: 75 };
/** Of the page's height, and pixels at least: some lines. */
const strip = { share: 1 / 4, rows: 200 };

export async function readUpright(
  prepared: PreparedImage,
  recognise: (image: GreyImage, which: 'first' | 'again') => Promise<Word[]>,
): Promise<{ readonly words: Word[]; readonly prepared: PreparedImage }> {
  const words = await recognise(prepared.image, 'first');
  const first = meanConfidence(words);
  if (first >= (words.length < few.words ? few.doubtful : doubtful)) return { words, prepared };
  const needed = first < doubtful ? first : few.doubtful;
  const tried = await recognise(turn(cutStrip(prepared.image, words), 2).image, 'again');
  if (tried.length === 0 || meanConfidence(tried) <= needed) return { words, prepared };
  const turned = prepareFurther(prepared, turn(prepared.image, 2));
  const again = await recognise(turned.image, 'again');
  return meanConfidence(again) > needed ? { words: again, prepared: turned } : { words, prepared };
}

/** Of a page without words nothing better is expected. */
function meanConfidence(words: readonly Word[]): number {
  if (words.length === 0) return 100;
  return words.reduce((sum, { confidence }) => sum + confidence, 0) / words.length;
}

/** Around the middle one of the words. */
function cutStrip(image: GreyImage, words: readonly Word[]): GreyImage {
  const { width, height, data } = image;
  const middles = words.map(({ box: [, top, , tall] }) => top + tall / 2).sort((a, b) => a - b);
  const rows = Math.min(height, Math.max(strip.rows, Math.round(height * strip.share)));
  const middle = middles[middles.length >> 1] ?? height / 2;
  const from = Math.min(height - rows, Math.max(0, Math.round(middle - rows / 2)));
  return { ...image, height: rows, data: data.subarray(from * width, (from + rows) * width) };
}
