// How right a text is. Case and spacing do not count: the truths of some data sets are all
// capitals, and layout is not what is measured.

export interface Score {
  /** Character error rate: edits needed over characters of the truth. Depends on the reading order. */
  readonly cer: number;
  /** Harmonic mean of precision and recall of the words, in any order. */
  readonly wordF1: number;
}

export function score(read: string, truth: string): Score {
  const a = normal(read);
  const b = normal(truth);
  return { cer: edits(a, b) / Math.max(1, b.length), wordF1: wordF1(a, b) };
}

function normal(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

function wordF1(read: string, truth: string): number {
  const found = counts(read);
  const wanted = counts(truth);
  let common = 0;
  for (const [word, count] of wanted) common += Math.min(count, found.get(word) ?? 0);
  const total = sizeOf(found) + sizeOf(wanted);
  return total === 0 ? 1 : (2 * common) / total;
}

function counts(text: string): Map<string, number> {
  const words = new Map<string, number>();
  for (const word of text.split(' ')) if (word) words.set(word, (words.get(word) ?? 0) + 1);
  return words;
}

function sizeOf(words: ReadonlyMap<string, number>): number {
  return [...words.values()].reduce((sum, count) => sum + count, 0);
}

/** Levenshtein distance, one row at a time. */
function edits(a: string, b: string): number {
  const row = Uint32Array.from({ length: b.length + 1 }, (_none, index) => index);
  for (let i = 1; i <= a.length; i++) {
    let diagonal = row[0] as number;
    row[0] = i;
    const letter = a.charCodeAt(i - 1);
    for (let j = 1; j <= b.length; j++) {
      const above = row[j] as number;
      const replaced = diagonal + (letter === b.charCodeAt(j - 1) ? 0 : 1);
      row[j] = Math.min(above + 1, (row[j - 1] as number) + 1, replaced);
      diagonal = above;
    }
  }
  return row[b.length] as number;
}
