// Writes the table of values in README.md from values.yaml, in helm-docs' form: `make chart-readme`.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isMap, isScalar, type Node, parseDocument } from 'yaml';

const folder = path.join(import.meta.dirname, '..');
const file = path.join(folder, 'README.md');
const heading = '| Key | Type | Default | Description |\n|-----|------|---------|-------------|\n';

interface Row {
  readonly key: string;
  readonly type: string;
  readonly value: string;
  readonly comment: string;
}

/** A row for every value that can be set, with the comment (`# --`) above it or above what it is in. */
export function rows(text: string): Row[] {
  return collect(parseDocument(text).contents, '', '');
}

function collect(node: Node | null, prefix: string, above: string): Row[] {
  if (!isMap(node) || node.items.length === 0) {
    const value: unknown = node?.toJSON();
    return [
      { key: prefix.slice(1), type: typeOf(value), value: JSON.stringify(value), comment: above },
    ];
  }
  return node.items.flatMap(({ key, value }, index) => {
    // The comment of a map's first key is kept with the map.
    const before =
      (isScalar(key) ? key.commentBefore : '') || (index === 0 ? node.commentBefore : '');
    const comment = before?.match(/^ -- ([\s\S]*)/m)?.[1]?.replaceAll(/\n ?/g, ' ') ?? '';
    return collect(
      value as Node | null,
      `${prefix}.${String(key)}`,
      comment || (node.flow ? above : ''),
    );
  });
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return 'int';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'object';
}

export function readme(): { readonly is: string; readonly shouldBe: string } {
  const is = readFileSync(file, 'utf8');
  const table = rows(readFileSync(path.join(folder, 'values.yaml'), 'utf8'))
    .map(({ key, type, value, comment }) => `| ${key} | ${type} | \`${value}\` | ${comment} |\n`)
    .join('');
  const start = is.indexOf(heading) + heading.length;
  const end = is.indexOf('\n\n', start) + 1;
  return { is, shouldBe: is.slice(0, start) + table + is.slice(end) };
}

if (import.meta.main) writeFileSync(file, readme().shouldBe);
