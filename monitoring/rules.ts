// The rules as Prometheus takes them, out of the files that the chart renders too: recording rules by group
// in charts/cricksy-ocr/recording, one alert a file in charts/cricksy-ocr/alerts. They hold placeholders: $scope
// for the matchers of one release, and the names of values.yaml's monitoring.rules.limits.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

export const chart = path.join(import.meta.dirname, '../charts/cricksy-ocr');

export interface Recording {
  readonly record: string;
  readonly expr: string;
}
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: 'critical' | 'warning' };
  readonly annotations: Readonly<Record<string, string>>;
}
export interface Group {
  readonly name: string;
  readonly rules: readonly (Recording | Alert)[];
}

/** monitoring.rules.limits of values.yaml, which says what each is. */
export interface Limits {
  readonly sloSeconds: number;
  readonly sloObjective: number;
  readonly waitSeconds: number;
  readonly oldestSeconds: number;
  readonly failedRatio: number;
  readonly poisoned: number;
  readonly backupSeconds: number;
}

export interface Choices {
  /** Every duration is divided by it, so that a test need not wait for hours. */
  readonly shortenBy?: number;
  readonly limits?: Partial<Limits>;
}

export function readRules({ shortenBy = 1, limits = {} }: Choices = {}): Group[] {
  const all = { ...readLimits(), ...limits };
  const read = (folder: string) =>
    readdirSync(path.join(chart, folder)).map((file) => {
      const text = readFileSync(path.join(chart, folder, file), 'utf8');
      return {
        name: path.basename(file, '.yaml'),
        content: parse(shorten(fill(text, all), shortenBy)) as unknown,
      };
    });
  return [
    ...read('recording').map(({ name, content }) => ({
      name: `cricksy-ocr-${name}`,
      rules: content as Recording[],
    })),
    {
      name: 'cricksy-ocr-alerts',
      rules: read('alerts').map(({ name, content }) => {
        const rule = content as Alert;
        const annotations = { ...rule.annotations, runbook_url: `docs/runbooks/${name}.md` };
        return { ...rule, annotations };
      }),
    },
  ];
}

export function readLimits(): Limits {
  const values = parse(readFileSync(path.join(chart, 'values.yaml'), 'utf8'));
  return values.monitoring.rules.limits;
}

function fill(text: string, limits: Limits): string {
  const filled = Object.entries(limits).reduce(
    (so, [name, limit]) => so.replaceAll(`$${name}`, String(limit)),
    text,
  );
  return filled.replaceAll('$scope', '');
}

/** In ranges (`[5m]`), offsets and `for`; never less than the two samples of a rate a second apart. */
function shorten(text: string, by: number): string {
  const seconds = (amount: string, unit: string) =>
    Math.max(4, Math.round((Number(amount) * (unitSeconds[unit] ?? 1)) / by));
  if (by === 1) return text;
  return text
    .replaceAll(/\[(\d+)([smhd])\]/g, (_, amount, unit) => `[${seconds(amount, unit)}s]`)
    .replaceAll(/offset (\d+)([smhd])/g, (_, amount, unit) => `offset ${seconds(amount, unit)}s`)
    .replaceAll(/^for: (\d+)([smhd])$/gm, (_, amount, unit) => `for: ${seconds(amount, unit)}s`);
}
const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400 };
