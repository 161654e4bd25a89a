// Renders the chart and reads what comes out.
import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

export const chart = path.join(import.meta.dirname, '..');

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  // biome-ignore lint/suspicious/noExplicitAny: read as it was rendered
  readonly [field: string]: any;
}
export interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: read as it was rendered
  readonly [field: string]: any;
}

function args(files: readonly string[], set: readonly string[]): string[] {
  return [
    ...files.flatMap((name) => ['-f', path.join(chart, name)]),
    ...set.flatMap((one) => ['--set', one]),
  ];
}

/** The manifests of `helm template` with these values files and --set items; throws what helm says. */
export function render(files: readonly string[], ...set: string[]): Manifest[] {
  return parseAllDocuments(renderText(files, ...set))
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest): manifest is Manifest => manifest !== null);
}

export function renderText(files: readonly string[], ...set: string[]): string {
  return execFileSync('helm', ['template', 'ocr', chart, ...args(files, set)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What helm says when it refuses, undefined when it renders. */
export function refusal(files: readonly string[], ...set: string[]): string | undefined {
  const result = spawnSync('helm', ['template', 'ocr', chart, ...args(files, set)], {
    encoding: 'utf8',
  });
  return result.status === 0 ? undefined : result.stderr;
}

export function find(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}

export function podOf(manifest: Manifest) {
  if (manifest.kind === 'Pod') return manifest['spec'];
  const spec = manifest.kind === 'CronJob' ? manifest['spec'].jobTemplate.spec : manifest['spec'];
  return spec?.template?.spec;
}

export function env(container: Container): Record<string, string | undefined> {
  return Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
}
