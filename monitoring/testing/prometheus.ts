// A Prometheus of its own for a test: real rules, real targets, a scrape every two seconds.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { steadyPort } from '../../services/testing/port.ts';
import type { Group } from '../rules.ts';

export interface Target {
  readonly component: 'gateway' | 'worker' | 'controller';
  readonly pod: string;
  /** host:port of its /metrics. */
  readonly address: string;
}

export interface Series {
  readonly metric: Readonly<Record<string, string | undefined>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

export interface Prometheus {
  readonly url: string;
  /** Throws what Prometheus says of an expression that it does not understand. */
  query(expr: string): Promise<Series[]>;
  /** Times in seconds. */
  queryRange(expr: string, range: { from: number; to: number; step: number }): Promise<Series[]>;
  /** Names of the alerts that fire now. */
  firing(): Promise<Set<string>>;
  stop(): Promise<void>;
}

/** The folder of prometheus and promtool. */
export async function findPrograms(): Promise<string> {
  const setup = path.join(import.meta.dirname, '../../bin/setup-prometheus');
  const { stdout } = await promisify(execFile)(setup);
  return stdout.trim();
}

/** Targets get the labels that the chart's PodMonitor gives them. */
export async function startPrometheus(options: {
  readonly targets: readonly Target[];
  readonly groups: readonly Group[];
}): Promise<Prometheus> {
  const folder = await mkdtemp(path.join(tmpdir(), 'cricksy-prometheus-'));
  const port = await steadyPort();
  const config = {
    // A process asks what it stands on for a second when it is scraped.
    global: { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '1s' },
    rule_files: [path.join(folder, 'rules.yaml')],
    scrape_configs: [
      {
        job_name: 'cricksy-ocr',
        static_configs: options.targets.map(({ address, ...labels }) => ({
          targets: [address],
          labels: { namespace: 'scores', release: 'ocr', ...labels },
        })),
      },
    ],
  };
  await writeFile(path.join(folder, 'prometheus.yaml'), stringify(config));
  await writeFile(path.join(folder, 'rules.yaml'), stringify({ groups: options.groups }));
  const child = spawn(
    path.join(await findPrograms(), 'prometheus'),
    [
      `--config.file=${folder}/prometheus.yaml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`Prometheus ended:\n${words}`);
    await sleep(100);
  }
  return {
    ...askPrometheus(url),
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One that runs already. */
export function askPrometheus(url: string): Omit<Prometheus, 'stop'> {
  return {
    url,
    query: (query) => ask(`${url}/api/v1/query`, { query }),
    queryRange: (query, { from, to, step }) =>
      ask(`${url}/api/v1/query_range`, { query, start: `${from}`, end: `${to}`, step: `${step}` }),
    async firing() {
      const found = await ask(`${url}/api/v1/query`, { query: 'ALERTS{alertstate="firing"}' });
      return new Set(found.flatMap(({ metric }) => metric['alertname'] ?? []));
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
  return answer?.ok ?? false;
}

async function ask(url: string, query: Record<string, string>): Promise<Series[]> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(query) });
  const answer = (await response.json()) as { error?: string; data: { result: Series[] } };
  if (answer.error) throw new Error(`${answer.error}: ${query['query']}`);
  return answer.data.result;
}
