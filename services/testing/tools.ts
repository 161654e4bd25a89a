// What others make of our files: programs that tests run on them (bin/setup-tests installs them).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What the program wrote on stdout; rejects with its words when it does not exit with 0. `FILE` among `args` becomes the path of a file of those bytes. */
export async function runOn(
  bytes: Uint8Array | string,
  program: string,
  args: readonly string[],
): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cricksy-tool-'));
  try {
    const file = path.join(folder, 'file');
    await writeFile(file, bytes);
    const given = args.map((one) => (one === 'FILE' ? file : one));
    const { stdout } = await run(program, given, { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 });
    return stdout;
  } finally {
    await rm(folder, { recursive: true });
  }
}

export interface FoundWord {
  readonly text: string;
  readonly page: number;
  /** Left, top, width, height in points. */
  readonly box: readonly [number, number, number, number];
}

/** The words of a PDF as Poppler finds them. */
export async function wordsOfPdf(pdf: Uint8Array): Promise<FoundWord[]> {
  const html = await runOn(pdf, 'pdftotext', ['-bbox', 'FILE', '-']);
  return html.split('<page ').flatMap((part, page) => {
    const rows = part.matchAll(
      /<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*?)<\/word>/g,
    );
    return [...rows].map(([, left, top, right, bottom, text = '']) => ({
      text: decodeXml(text),
      page,
      box: [Number(left), Number(top), Number(right) - Number(left), Number(bottom) - Number(top)],
    }));
  }) as FoundWord[];
}

/** Fails with the program's words when the file breaks a rule of PDF. */
export async function checkPdf(pdf: Uint8Array): Promise<void> {
  const said = await runOn(pdf, 'qpdf', ['--check', 'FILE']);
  assert.match(said, /No syntax or stream encoding errors found/);
}

/** What an XPath expression finds in an XML text: a string, a number, or nodes as text. Rejects when the text is not well-formed. */
export async function xpath(xml: string, expression: string): Promise<string> {
  const found = await runOn(xml, 'xmllint', ['--nonet', '--xpath', expression, 'FILE']);
  return found.trim();
}

function decodeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
