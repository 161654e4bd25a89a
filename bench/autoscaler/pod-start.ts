// How long a worker's pod takes to start, on the cluster of KUBECONFIG with the chart installed:
// `node bench/autoscaler/pod-start.ts NAMESPACE DEPLOYMENT`. One pod is added at a time.
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { publish } from '../report.ts';
import { spread } from '../statistics.ts';
import { format } from '../targets.ts';

const rounds = 8;
const [namespace = 'default', deployment = 'cricksy-ocr-worker-default'] = process.argv.slice(2);

function kubectl(...args: readonly string[]): string {
  return execFileSync('kubectl', ['--namespace', namespace, ...args], { encoding: 'utf8' });
}

function count(field: string): number {
  return Number(kubectl('get', 'deployment', deployment, '-o', `jsonpath={${field}}`) || 0);
}

async function until(field: string, number: number): Promise<void> {
  while (count(field) !== number) await sleep(100);
}

const before = count('.spec.replicas');
const seconds: number[] = [];
try {
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    kubectl('scale', 'deployment', deployment, `--replicas=${before + 1}`);
    await until('.status.readyReplicas', before + 1);
    seconds.push(Math.round((performance.now() - started) / 10) / 100);
    kubectl('scale', 'deployment', deployment, `--replicas=${before}`);
    await until('.status.replicas', before);
  }
} finally {
  kubectl('scale', 'deployment', deployment, `--replicas=${before}`);
}

const { median, min, max } = spread(seconds);
publish({
  name: 'pod-start',
  command: `node bench/autoscaler/pod-start.ts NAMESPACE DEPLOYMENT`,
  notes: [
    'from the change of `replicas` to a ready worker, whose image is on the node; one pod at a time',
  ],
  tables: [
    {
      title: 'Start of a pod (s)',
      columns: ['', 'rounds', 'median', 'min', 'max'],
      rows: [['worker', String(rounds), format(median), format(min), format(max)]],
    },
  ],
  targets: [],
  raw: { seconds },
});
