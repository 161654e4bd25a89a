// The documentation as the tests read it: pages with their code and their links.
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.join(import.meta.dirname, '../../..');

export interface Page {
  /** Below the root of the repository. */
  readonly file: string;
  readonly text: string;
}

export function pages(): Page[] {
  const files = globSync('{*.md,{docs,charts,k8s,monitoring,bench}/**/*.md}', { cwd: root });
  return files.sort().map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }));
}

export function page(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** Fenced blocks of that language, without their fences. */
export function blocks(text: string, language: string): string[] {
  const fenced = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms');
  return [...text.matchAll(fenced)].map((match) => match[1] ?? '');
}

/** Everything that is set as code: spans, and lines of blocks. */
export function code(text: string): string[] {
  const fenced = /^ *```.*?^ *```$/gms;
  const spans = [...text.replaceAll(fenced, '').matchAll(/`([^`\n]+)`/g)].map(([, span]) => span);
  const lines = [...text.matchAll(fenced)].flatMap(([block]) => block.split('\n').slice(1, -1));
  return [...spans, ...lines].filter((piece) => piece !== undefined);
}

/** Rows of all tables, by cells; what separates cells does not stand in them. */
export function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim()),
    );
}
