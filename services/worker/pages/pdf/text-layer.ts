// The text that a PDF page carries. It is taken instead of a recognition, in a few
// milliseconds instead of seconds, but only when it is the whole page and in earnest: scanners
// add invisible text of unknown quality under a picture, and some fonts map letters to nonsense.
import type { Word } from '#core/domain/pages.ts';
import type { Size } from '../scale.ts';
import { type Pdfium, type Pointer, withMemory } from './pdfium.ts';

/** Fewer characters than these are a page number or a stamp. */
const fewestCharacters = 16;
const saneShare = 0.9;
/** Share of the page that pictures may cover before they are taken for what is to be read. */
const pictureShare = 0.25;
/** FPDF_PAGEOBJ_* */
const TEXT = 1;
const IMAGE = 3;
const FORM = 5;
const deepestForm = 4;
/** FPDF_TEXTRENDERMODE_INVISIBLE */
const INVISIBLE = 3;
/** What PDFium reports for a hyphen at the end of a line. */
const softHyphen = 0x02;
/** A gap of more than this many line heights begins a paragraph. */
const paragraphGap = 0.8;

interface Box {
  left: number;
  bottom: number;
  right: number;
  top: number;
}

/** The page's words with boxes in pixels of `size`, or undefined when the page must be recognised. */
export function readTextLayer(
  pdfium: Pdfium,
  page: Pointer,
  points: Size,
  size: Size,
): Word[] | undefined {
  if (!isTextPage(pdfium, page, points)) return undefined;
  const text = pdfium._FPDFText_LoadPage(page);
  if (!text) return undefined;
  try {
    const placed = readLines(pdfium, text).map((line) =>
      line.flatMap((word) => {
        const box = toPixels(pdfium, page, word.box, size);
        return box ? [{ ...word, box }] : [];
      }),
    );
    const lines = placed.filter((line) => line.length > 0);
    return isInEarnest(lines.flat()) ? numberWords(lines) : undefined;
  } finally {
    pdfium._FPDFText_ClosePage(text);
  }
}

function isTextPage(pdfium: Pdfium, page: Pointer, points: Size): boolean {
  const seen = { pictures: 0, visible: 0, invisible: 0 };
  const objects = pdfium._FPDFPage_CountObjects(page);
  for (let index = 0; index < objects; index++) {
    look(pdfium, pdfium._FPDFPage_GetObject(page, index), seen, 0);
  }
  if (seen.invisible > seen.visible) return false;
  return seen.pictures < pictureShare * points.width * points.height;
}

function look(
  pdfium: Pdfium,
  object: Pointer,
  seen: { pictures: number; visible: number; invisible: number },
  depth: number,
): void {
  const type = pdfium._FPDFPageObj_GetType(object);
  if (type === TEXT) {
    const invisible = pdfium._FPDFTextObj_GetTextRenderMode(object) === INVISIBLE;
    seen[invisible ? 'invisible' : 'visible'] += 1;
  }
  // Sizes inside a form are before its matrix; a picture there counts as large as the form.
  if (type === IMAGE) seen.pictures += areaOf(pdfium, object);
  if (type !== FORM || depth === deepestForm) return;
  const inside = { pictures: 0, visible: 0, invisible: 0 };
  const objects = pdfium._FPDFFormObj_CountObjects(object);
  for (let index = 0; index < objects; index++) {
    look(pdfium, pdfium._FPDFFormObj_GetObject(object, index), inside, depth + 1);
  }
  seen.visible += inside.visible;
  seen.invisible += inside.invisible;
  if (inside.pictures > 0) seen.pictures += areaOf(pdfium, object);
}

function areaOf(pdfium: Pdfium, object: Pointer): number {
  return withMemory(pdfium, 16, (at) => {
    if (!pdfium._FPDFPageObj_GetBounds(object, at, at + 4, at + 8, at + 12)) return 0;
    const [left = 0, bottom = 0, right = 0, top = 0] = pdfium.HEAPF32.subarray(at / 4, at / 4 + 4);
    return Math.abs((right - left) * (top - bottom));
  });
}

interface RawWord {
  text: string;
  box: Box;
  letters: number;
  /** Letters that are what the font says. */
  sane: number;
}
type PlacedWord = Omit<RawWord, 'box'> & Pick<Word, 'box'>;

/** Lines of words in the order of the file, also of those that lie outside of the page. */
function readLines(pdfium: Pdfium, text: Pointer): RawWord[][] {
  const characters = pdfium._FPDFText_CountChars(text);
  const lines: RawWord[][] = [[]];
  let word: RawWord | undefined;
  withMemory(pdfium, 32, (at) => {
    for (let index = 0; index < characters; index++) {
      const code = pdfium._FPDFText_GetUnicode(text, index);
      if (code === 10 || code === 13) lines.push([]);
      if (isSpace(code)) {
        word = undefined;
        continue;
      }
      const box = charBox(pdfium, text, index, at);
      if (!word) {
        word = { text: '', box: { ...box }, letters: 0, sane: 0 };
        lines.at(-1)?.push(word);
      }
      word.text += code === softHyphen ? '-' : String.fromCodePoint(code);
      word.letters++;
      if (isSane(code) && pdfium._FPDFText_HasUnicodeMapError(text, index) !== 1) word.sane++;
      extend(word.box, box);
    }
  });
  return lines.flatMap(splitRows);
}

/** PDFium sees no end of a line behind a cell of one letter: a row begins further left, wholly below or above. */
function splitRows(line: readonly RawWord[]): RawWord[][] {
  const rows: RawWord[][] = [];
  let before: Box | undefined;
  for (const word of line) {
    const { box } = word;
    const apart = before && (box.top <= before.bottom || box.bottom >= before.top);
    if (before && !(apart && box.right <= before.left)) rows.at(-1)?.push(word);
    else rows.push([word]);
    before = box;
  }
  return rows;
}

function isInEarnest(words: readonly PlacedWord[]): boolean {
  const letters = words.reduce((sum, word) => sum + word.letters, 0);
  const sane = words.reduce((sum, word) => sum + word.sane, 0);
  return letters >= fewestCharacters && sane >= saneShare * letters;
}

function charBox(pdfium: Pdfium, text: Pointer, index: number, at: Pointer): Box {
  pdfium._FPDFText_GetCharBox(text, index, at, at + 8, at + 16, at + 24);
  const [left = 0, right = 0, bottom = 0, top = 0] = pdfium.HEAPF64.subarray(at / 8, at / 8 + 4);
  return { left, bottom, right, top };
}

function extend(box: Box, by: Box): void {
  box.left = Math.min(box.left, by.left);
  box.bottom = Math.min(box.bottom, by.bottom);
  box.right = Math.max(box.right, by.right);
  box.top = Math.max(box.top, by.top);
}

function isSpace(code: number): boolean {
  return code === 0 || code === 0xa0 || code === 0x3000 || (code <= 32 && code !== softHyphen);
}

function isSane(code: number): boolean {
  if (code === softHyphen) return true;
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
  // Control characters, private use, the replacement character: a font without a real mapping.
  return !/[\p{Cc}\p{Co}\p{Cn}\ufffd]/u.test(String.fromCodePoint(code));
}

function numberWords(lines: readonly PlacedWord[][]): Word[] {
  const words: Word[] = [];
  let paragraph = 1;
  let line = 0;
  let previous: Word['box'] | undefined;
  for (const placed of lines) {
    const first = placed[0]?.box;
    if (!first) continue;
    if (previous && Math.abs(first[1] - previous[1]) > (1 + paragraphGap) * previous[3]) {
      paragraph++;
      line = 0;
    }
    line++;
    previous = first;
    const place = { confidence: 100, block: 1, paragraph, line };
    words.push(...placed.map(({ text, box }) => ({ text, box, ...place })));
  }
  return words;
}

/** The part of a box that the page shows; undefined when it lies outside, where nobody sees it. */
function toPixels(
  pdfium: Pdfium,
  page: Pointer,
  box: Box,
  { width, height }: Size,
): Word['box'] | undefined {
  return withMemory(pdfium, 8, (at) => {
    const corner = (x: number, y: number) => {
      pdfium._FPDF_PageToDevice(page, 0, 0, width, height, 0, x, y, at, at + 4);
      return [pdfium.HEAP32[at / 4] ?? 0, pdfium.HEAP32[at / 4 + 1] ?? 0] as const;
    };
    const [x1, y1] = corner(box.left, box.top);
    const [x2, y2] = corner(box.right, box.bottom);
    if (Math.max(x1, x2) < 0 || Math.min(x1, x2) > width) return undefined;
    if (Math.max(y1, y2) < 0 || Math.min(y1, y2) > height) return undefined;
    const clamp = (value: number, most: number) => Math.min(most, Math.max(0, value));
    const left = clamp(Math.min(x1, x2), width);
    const top = clamp(Math.min(y1, y2), height);
    return [
      left,
      top,
      clamp(Math.max(x1, x2), width) - left,
      clamp(Math.max(y1, y2), height) - top,
    ];
  });
}
