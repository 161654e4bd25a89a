// ALTO 4.2: https://www.loc.gov/standards/alto/. Blocks of the engine are composed blocks, its
// paragraphs text blocks; positions are in pixels of the upright page.
import type { PageResult, Word } from '../pages.ts';
import { type Block, type Line, layOut, type Paragraph } from './layout.ts';
import type { Result } from './result.ts';
import { escapeXml } from './xml.ts';

const root = `xmlns="http://www.loc.gov/standards/alto/ns-v4#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.loc.gov/standards/alto/ns-v4# http://www.loc.gov/standards/alto/v4/alto-4-2.xsd" SCHEMAVERSION="4.2"`;

export function toAlto({ uploadId, filename, pages }: Result): string {
  const software = softwareOf(pages);
  return `<?xml version="1.0" encoding="UTF-8"?>
<alto ${root}>
<Description>
<MeasurementUnit>pixel</MeasurementUnit>
<sourceImageInformation><fileName>${escapeXml(filename)}</fileName><fileIdentifier>${uploadId}</fileIdentifier></sourceImageInformation>
${software.map(processingOf).join('')}</Description>
<Layout>
${pages.map((page) => pageOf(page, software.indexOf(nameOf(page)) + 1)).join('')}</Layout>
</alto>
`;
}

/** Pages of one PDF may come from its text and from recognition. */
function softwareOf(pages: readonly PageResult[]): string[] {
  return [...new Set(pages.map(nameOf))];
}

function nameOf({ engine, engine_version: version, language, model }: PageResult): string {
  return [engine, version, language, model].join('\t');
}

function processingOf(software: string, index: number): string {
  const [engine = '', version = '', language = '', model = ''] = software
    .split('\t')
    .map(escapeXml);
  return `<Processing ID="processing_${index + 1}"><processingCategory>contentGeneration</processingCategory><processingStepSettings>language ${language}, model ${model}</processingStepSettings><processingSoftware><softwareName>${engine}</softwareName><softwareVersion>${version}</softwareVersion></processingSoftware></Processing>\n`;
}

function pageOf(page: PageResult, processing: number): string {
  const { number, width, height } = page;
  const confidence = page.mean_confidence === null ? '' : ` PC="${share(page.mean_confidence)}"`;
  const size = `WIDTH="${width}" HEIGHT="${height}"`;
  const blocks = layOut(page.words).map((block, index) => blockOf(block, `${number}_${index + 1}`));
  return `<Page ID="page_${number}" PHYSICAL_IMG_NR="${number}" ${size}${confidence} PROCESSINGREFS="processing_${processing}">
<PrintSpace HPOS="0" VPOS="0" ${size}>
${blocks.join('')}</PrintSpace>
</Page>
`;
}

function blockOf({ box, paragraphs }: Block, id: string): string {
  const inside = paragraphs.map((paragraph, index) => paragraphOf(paragraph, `${id}_${index + 1}`));
  return `<ComposedBlock ID="block_${id}" ${place(box)}>\n${inside.join('')}</ComposedBlock>\n`;
}

function paragraphOf({ box, lines }: Paragraph, id: string): string {
  const inside = lines.map((line, index) => lineOf(line, `${id}_${index + 1}`));
  return `<TextBlock ID="par_${id}" ${place(box)}>\n${inside.join('')}</TextBlock>\n`;
}

function lineOf({ box, words }: Line, id: string): string {
  const inside = words.map((word, index) => {
    const before = words[index - 1];
    return `${before ? spaceOf(before, word) : ''}${stringOf(word, `${id}_${index + 1}`)}`;
  });
  return `<TextLine ID="line_${id}" ${place(box)}>${inside.join('')}</TextLine>\n`;
}

function stringOf({ box, confidence, text }: Word, id: string): string {
  return `<String ID="word_${id}" ${place(box)} WC="${share(confidence)}" CONTENT="${escapeXml(text)}"/>`;
}

/** Its place is optional, but there are readers that want it. */
function spaceOf({ box: [left, top, width] }: Word, { box: [next] }: Word): string {
  const from = left + width;
  return `<SP HPOS="${from}" VPOS="${top}" WIDTH="${Math.max(0, next - from)}"/>`;
}

function place([left, top, width, height]: Word['box']): string {
  return `HPOS="${left}" VPOS="${top}" WIDTH="${width}" HEIGHT="${height}"`;
}

/** Per cent as a share of one, to three digits. */
function share(percent: number): number {
  return Math.round(Math.min(100, Math.max(0, percent)) * 10) / 1000;
}
