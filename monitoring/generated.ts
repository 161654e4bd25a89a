// What is written from the code here, by path from the root of the repository.
import path from 'node:path';
import { stringify } from 'yaml';
import { autoscaler } from './dashboards/autoscaler.ts';
import { overview } from './dashboards/overview.ts';
import { slo } from './dashboards/slo.ts';
import { workers } from './dashboards/workers.ts';
import { readRules } from './rules.ts';

export const root = path.join(import.meta.dirname, '..');
export const dashboards = { overview, workers, autoscaler, slo };
const words =
  '# Written by `make monitoring` from charts/cricksy-ocr/recording and alerts, for a Prometheus without its operator.\n';

export function generated(): Record<string, string> {
  const json = Object.entries(dashboards).map(([name, builder]) => [
    `charts/cricksy-ocr/dashboards/${name}.json`,
    `${JSON.stringify(builder.build(), null, 1)}\n`,
  ]);
  const rules = stringify({ groups: readRules() }, { lineWidth: 0 });
  return { ...Object.fromEntries(json), 'k8s/alternatives/prometheus/rules.yaml': words + rules };
}
