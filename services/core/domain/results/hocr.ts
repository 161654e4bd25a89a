// hOCR 1.2 as XHTML: http://kba.github.io/hocr-spec/1.2/. Boxes are in pixels of the upright page.
import type { PageResult, Word } from '../pages.ts';
import { type Block, layOut } from './layout.ts';
import type { Result } from './result.ts';
import { escapeXml } from './xml.ts';

export function toHocr({ filename, pages }: Result): string {
  const engines = [...new Set(pages.map((page) => `${page.engine} ${page.engine_version}`.trim()))];
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<title>${escapeXml(filename)}</title>
<meta charset="utf-8"/>
<meta name="ocr-system" content="${escapeXml(`cricksy-ocr, ${engines.join(', ')}`)}"/>
<meta name="ocr-capabilities" content="ocr_page ocr_carea ocr_par ocr_line ocrx_word ocrp_wconf"/>
<meta name="ocr-number-of-pages" content="${pages.length}"/>
</head>
<body>
${pages.map((page) => pageOf(page, filename)).join('')}</body>
</html>
`;
}

function pageOf(page: PageResult, filename: string): string {
  const { number } = page;
  // A quotation mark would end the name, and hOCR has no way to escape one.
  const image = `image "${filename.replaceAll('"', "'")}"`;
  const box = `bbox 0 0 ${Math.round(page.width)} ${Math.round(page.height)}`;
  const title = escapeXml(`${image}; ${box}; ppageno ${number - 1}`);
  const blocks = layOut(page.words).map((block, index) => blockOf(block, `${number}_${index + 1}`));
  return `<div class="ocr_page" id="page_${number}" title="${title}">\n${blocks.join('')}</div>\n`;
}

function blockOf({ box, paragraphs }: Block, id: string): string {
  const inside = paragraphs.map((paragraph, p) => {
    const lines = paragraph.lines.map((line, l) => {
      const own = `${id}_${p + 1}_${l + 1}`;
      const words = line.words.map((word, w) => wordOf(word, `word_${own}_${w + 1}`)).join(' ');
      return `<span class="ocr_line" id="line_${own}" title="${bbox(line.box)}">${words}</span>\n`;
    });
    return `<p class="ocr_par" id="par_${id}_${p + 1}" title="${bbox(paragraph.box)}">\n${lines.join('')}</p>\n`;
  });
  return `<div class="ocr_carea" id="block_${id}" title="${bbox(box)}">\n${inside.join('')}</div>\n`;
}

function wordOf({ box, confidence, text }: Word, id: string): string {
  const title = `${bbox(box)}; x_wconf ${Math.round(confidence)}`;
  return `<span class="ocrx_word" id="${id}" title="${title}">${escapeXml(text)}</span>`;
}

/** Two corners, in whole pixels as the specification wants them. */
function bbox([left, top, width, height]: Word['box']): string {
  return `bbox ${[left, top, left + width, top + height].map(Math.round).join(' ')}`;
}
