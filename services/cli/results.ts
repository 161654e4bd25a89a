// Where results go: stdout, or a file for each.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { resultFormats } from '#core/domain/results/formats.ts';
import type { Arguments } from './arguments.ts';
import type { Scanned } from './commands/scan.ts';
import { usable } from './exit-codes.ts';

/** A name in --out for each file, no two the same; nothing without --out. */
export function resultFiles(
  files: readonly string[],
  { out, format }: Pick<Arguments, 'out' | 'format'>,
): string[] {
  if (out === undefined) return [];
  const { extension } = resultFormats[format];
  const taken = new Set<string>();
  return files.map((file) => {
    const stem = path.parse(file).name;
    let name = `${stem}.${extension}`;
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${stem}-${n}.${extension}`;
    taken.add(name.toLowerCase());
    return path.join(out, name);
  });
}

export async function writeResult(scanned: Scanned, target: string): Promise<void> {
  const { result } = scanned;
  if (result !== undefined) await usable(target, () => writeFile(target, result));
}

export function printResult(
  scanned: Scanned,
  options: {
    readonly given: Pick<Arguments, 'json' | 'format'>;
    readonly print: (text: string) => void;
    readonly target: string | undefined;
    readonly several: boolean;
  },
): void {
  const { given, print, target, several } = options;
  if (given.json) print(`${JSON.stringify(jsonLine(scanned, target, given.format))}\n`);
  else if (target === undefined && scanned.result !== undefined) {
    print(
      `${several && given.format !== 'json' ? `==> ${scanned.file} <==\n` : ''}${ended(scanned.result.toString())}`,
    );
  }
}

function jsonLine(
  scanned: Scanned,
  target: string | undefined,
  format: Arguments['format'],
): object {
  const { file, upload_id, status, answer, error, result } = scanned;
  const text = result?.toString();
  const inline = format === 'json' && text !== undefined ? JSON.parse(text) : text;
  return {
    file,
    upload_id: upload_id ?? null,
    status,
    error: error ?? null,
    page_count: answer?.page_count ?? null,
    pages_failed: answer?.pages_failed ?? null,
    words: answer?.parsed_preview?.metadata.words ?? null,
    mean_confidence: answer?.parsed_preview?.metadata.mean_confidence ?? null,
    ...(target === undefined
      ? { result: inline ?? null }
      : { result_file: result === undefined ? null : target }),
  };
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
