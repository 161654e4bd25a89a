// A searchable PDF: each page is its picture with invisible words over it, where they were read.
// The pictures are JPEGs that go in as they are (DCTDecode), so nothing is decoded here, nothing
// loses quality, and only one page is in memory at a time.
import { type Direction, directionsOf } from '../direction.ts';
import type { PageResult, Picture } from '../pages.ts';
import { type PdfFile, pdfFile, pdfText, round } from './pdf-file.ts';
import { createInvisibleFont, type InvisibleFont } from './pdf-font.ts';
import type { Result } from './result.ts';

const pointsPerInch = 72;
/** What pages of PDFs are rendered in, so that they come out in their own size; photos have none. */
const dpi = 300;
/** Points of a side; readers refuse larger pages. */
const longestSide = 14_400;

export async function* toPdf({ filename, pages, picture }: Result): AsyncGenerator<Uint8Array> {
  const file = pdfFile();
  const [catalog, tree, info] = [file.reserve(), file.reserve(), file.reserve()];
  const font = createInvisibleFont(file);
  yield file.begin();
  const kids: number[] = [];
  for (const page of pages) {
    if (!page.picture) continue;
    const kid = file.reserve();
    kids.push(kid);
    yield* pageObjects(file, kid, {
      page,
      picture: page.picture,
      jpeg: await picture(page),
      tree,
      font,
    });
  }
  yield* font.objects();
  yield file.object(
    tree,
    `<< /Type /Pages /Count ${kids.length} /Kids [${kids.map(ref).join(' ')}] >>`,
  );
  yield file.object(catalog, `<< /Type /Catalog /Pages ${ref(tree)} >>`);
  yield file.object(info, `<< /Title ${pdfText(filename)} /Producer (Cricksy OCR) >>`);
  yield file.end({ root: ref(catalog), info: ref(info) });
}

async function* pageObjects(
  file: PdfFile,
  kid: number,
  given: {
    page: PageResult;
    picture: Picture;
    jpeg: Uint8Array;
    tree: number;
    font: InvisibleFont;
  },
): AsyncGenerator<Uint8Array> {
  const { page, picture, jpeg, tree, font } = given;
  const [contents, image] = [file.reserve(), file.reserve()];
  const scale = Math.min(pointsPerInch / dpi, longestSide / Math.max(page.width, page.height));
  const size = { width: page.width * scale, height: page.height * scale };
  const box = `/MediaBox [0 0 ${round(size.width)} ${round(size.height)}]`;
  const resources = `/Resources << /XObject << /P ${ref(image)} >> /Font << /F ${ref(font.number)} >> >>`;
  yield file.object(
    kid,
    `<< /Type /Page /Parent ${ref(tree)} ${box} ${resources} /Contents ${ref(contents)} >>`,
  );
  const text = `q ${upright(picture.orientation, size)} cm /P Do Q\n${wordsOf(page, scale, font)}`;
  yield file.packed(contents, '', new TextEncoder().encode(text));
  const colours = picture.colours === 1 ? '/DeviceGray' : '/DeviceRGB';
  yield file.stream(
    image,
    `/Type /XObject /Subtype /Image /Width ${picture.width} /Height ${picture.height} /ColorSpace ${colours} /BitsPerComponent 8 /Filter /DCTDecode`,
    jpeg,
  );
}

const rightToLeft =
  /[\p{Script=Hebrew}\p{Script=Arabic}][\p{Script=Hebrew}\p{Script=Arabic}\p{M}]*/gu;

/** Each word is stretched over its box along the way it runs, its letters are as tall as the box is across. */
function wordsOf(page: PageResult, scale: number, font: InvisibleFont): string {
  const directions = directionsOf(page);
  const shown = page.words.map(({ text, box }, index) => {
    const [left, top, width, height] = box.map((side) => side * scale) as [
      number,
      number,
      number,
      number,
    ];
    const direction = directions[index] ?? 0;
    const [along, across] = direction % 180 === 0 ? [width, height] : [height, width];
    const letters = [...text.replaceAll(rightToLeft, reversed)];
    const natural = letters.length * font.letterWidth * across;
    if (!(natural > 0) || !(along > 0)) return '';
    const stretch = round((100 * along) / natural);
    const bottom = page.height * scale - top - height;
    const [x, y] = cornerOf(direction, { left, bottom, right: left + width, top: bottom + height });
    // The space makes copied text fall into words; it lies behind the box.
    return `/F ${round(across)} Tf ${stretch} Tz ${turns[direction]} ${round(x)} ${round(y)} Tm <${font.encode([...letters, ' '])}> Tj\n`;
  });
  // Rendering mode 3: neither filled nor stroked.
  return `BT 3 Tr\n${shown.join('')}ET\n`;
}

const turns: Record<Direction, string> = {
  0: '1 0 0 1',
  90: '0 -1 1 0',
  180: '-1 0 0 -1',
  270: '0 1 -1 0',
};

/** Where a word begins, on the line that it stands on. */
function cornerOf(
  direction: Direction,
  { left, bottom, right, top }: Record<'left' | 'bottom' | 'right' | 'top', number>,
): readonly [x: number, y: number] {
  if (direction === 0) return [left, bottom];
  if (direction === 90) return [left, top];
  return direction === 180 ? [right, top] : [right, bottom];
}

/** The matrix that lays a picture of an EXIF orientation (1 to 8) upright on the page. */
function upright(
  orientation: number,
  { width, height }: { width: number; height: number },
): string {
  const [w, h] = [round(width), round(height)];
  const matrices = [
    `${w} 0 0 ${h} 0 0`,
    `-${w} 0 0 ${h} ${w} 0`,
    `-${w} 0 0 -${h} ${w} ${h}`,
    `${w} 0 0 -${h} 0 ${h}`,
    `0 -${h} -${w} 0 ${w} ${h}`,
    `0 -${h} ${w} 0 0 ${h}`,
    `0 ${h} ${w} 0 0 0`,
    `0 ${h} -${w} 0 ${w} 0`,
  ];
  return matrices[orientation - 1] ?? `${w} 0 0 ${h} 0 0`;
}

/** A PDF holds letters from left to right, as they are seen; readers turn them back. */
function reversed(letters: string): string {
  return [...letters].reverse().join('');
}

function ref(number: number): string {
  return `${number} 0 R`;
}
