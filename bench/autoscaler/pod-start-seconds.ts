// What `node bench/autoscaler/pod-start.ts` measured on a real cluster.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const file = path.join(import.meta.dirname, '../results/pod-start.json');
const measured = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly raw: { readonly seconds: readonly number[] };
};

export const podStartSeconds = measured.raw.seconds;
