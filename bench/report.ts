// What a benchmark hands over: tables for people, the same and every single figure in a file.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeMachine } from './machine.ts';
import { type Target, targetColumns, targetRow } from './targets.ts';

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Report {
  /** Of the benchmark: names the files in bench/results. */
  readonly name: string;
  readonly command: string;
  readonly tables: readonly Table[];
  readonly targets: readonly Target[];
  readonly notes: readonly string[];
  /** Everything that was measured. */
  readonly raw: unknown;
}

const results = path.join(import.meta.dirname, 'results');

/** Prints the report and writes bench/results/NAME.md and NAME.json. */
export function publish(report: Report): void {
  const machine = describeMachine();
  const { name, command, targets, raw } = report;
  const text = markdown(report, machine);
  process.stdout.write(`\n${text}\n`);
  mkdirSync(results, { recursive: true });
  writeFileSync(path.join(results, `${name}.md`), text);
  const json = JSON.stringify({ name, command, machine, targets, raw }, null, 1);
  writeFileSync(path.join(results, `${name}.json`), `${json}\n`);
}

function markdown(report: Report, machine: Record<string, string>): string {
  const lines = [
    `# bench/${report.name}`,
    '',
    ...Object.entries({ command: `\`${report.command}\``, ...machine }).map(
      ([key, value]) => `- ${key}: ${value}`,
    ),
    ...report.notes.map((note) => `- ${note}`),
  ];
  const tables = [...report.tables];
  if (report.targets.length > 0) {
    tables.push({ title: 'Targets', columns: targetColumns, rows: report.targets.map(targetRow) });
  }
  for (const table of tables) lines.push('', `## ${table.title}`, '', ...layOut(table));
  return `${lines.join('\n')}\n`;
}

function layOut({ columns, rows }: Table): string[] {
  const all = [columns, ...rows];
  const widths = columns.map((_name, i) => Math.max(3, ...all.map((row) => (row[i] ?? '').length)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, i) => pad(row[i] ?? '', width, i)).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [line(columns), rule, ...rows.map(line)];
}

function pad(text: string, width: number, column: number): string {
  return column === 0 ? text.padEnd(width) : text.padStart(width);
}
