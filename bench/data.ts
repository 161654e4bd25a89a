// What is measured on: the few fixtures, or the folders that CRICKSY_BENCH_DATA names (separated
// by `:`). A folder has a manifest.json that lists files with a category or a kind of
// degradation, and where there is one the text that is written on them.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isContentType, sniff, sniffBytes } from '#core/domain/formats.ts';

export interface Sample {
  readonly name: string;
  readonly path: string;
  /** receipt, snippet, page, ... or the kind of degradation. */
  readonly group: string;
  /** What is written there. */
  readonly truth: string | undefined;
  /** Whether the truth is in reading order; if not, only its words count. */
  readonly ordered: boolean;
}

interface ManifestEntry {
  readonly file: string;
  readonly category?: string;
  readonly degradation?: string;
  /** A text file, or data with the text beside it. */
  readonly truth?: string | null;
  readonly text?: string;
  readonly ordered?: boolean;
}

interface Manifest {
  readonly images?: readonly ManifestEntry[];
  readonly files?: readonly ManifestEntry[];
}

const fixtures = path.join(import.meta.dirname, '../services/testing/fixtures');
const ownSamples: readonly ManifestEntry[] = [
  { file: 'receipt.jpg', category: 'receipt' },
  { file: 'word.jpg', category: 'snippet' },
  { file: 'print.png', category: 'snippet' },
  { file: 'scorecard.jpg', category: 'scorecard' },
];

/** Samples in a format that is read, in the order of the manifests. */
export function findSamples(folders: string | undefined): Sample[] {
  const samples = folders
    ? folders.split(':').flatMap((folder) => samplesOf(folder, manifestOf(folder)))
    : samplesOf(fixtures, ownSamples);
  return samples.filter((sample) => isContentType(formatOf(sample.path)));
}

function manifestOf(folder: string): readonly ManifestEntry[] {
  const file = path.join(folder, 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
  return [...(manifest.images ?? []), ...(manifest.files ?? [])];
}

function samplesOf(folder: string, entries: readonly ManifestEntry[]): Sample[] {
  return entries.map((entry) => {
    const text = entry.text ?? entry.truth ?? undefined;
    const truth = text && path.join(folder, text);
    return {
      name: path.basename(entry.file),
      path: path.join(folder, entry.file),
      group: entry.category ?? entry.degradation ?? 'other',
      truth: truth && existsSync(truth) ? readFileSync(truth, 'utf8') : undefined,
      ordered: entry.ordered ?? true,
    };
  });
}

function formatOf(file: string): string {
  return sniff(readFileSync(file).subarray(0, sniffBytes)) ?? '';
}

/** At most so many of each group, spread evenly over its files. */
export function some(samples: readonly Sample[], perGroup: number): Sample[] {
  const groups = Map.groupBy(samples, (sample) => sample.group);
  return [...groups.values()].flatMap((group) => {
    const step = Math.max(1, group.length / perGroup);
    return Array.from(
      { length: Math.min(perGroup, group.length) },
      (_none, i) => group[Math.floor(i * step)] as Sample,
    );
  });
}
