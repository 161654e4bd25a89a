// What skaffold.yaml and the Tiltfile lean on: stages of the Dockerfile, what the chart renders.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Manifest, podOf, render } from './helm.ts';

export const root = path.join(import.meta.dirname, '../../..');

/** Names of the targets that an image can be built for. */
export function stages(): string[] {
  const dockerfile = readFileSync(path.join(root, 'services/Dockerfile'), 'utf8');
  return [...dockerfile.matchAll(/^FROM \S+ AS (\S+)$/gm)].map(([, name]) => name ?? '');
}

/** The chart with the release's name that both use. */
export function rendered(values: string): Manifest[] {
  return render([path.basename(values)], 'fullnameOverride=cricksy-ocr');
}

export function imagesOf(manifests: readonly Manifest[]): string[] {
  return manifests
    .flatMap((one) => podOf(one)?.containers ?? [])
    .map(({ image }: { image: string }) => image.replace(/:[^/]*$/, ''));
}
