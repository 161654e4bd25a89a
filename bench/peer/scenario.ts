// One scenario of the common client against both sides.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cpuByRole, type Standalone } from '../pipeline/standalone.ts';
import { type Spread, sum } from '../statistics.ts';
import type { Peer } from './peer.ts';

export interface Scenario {
  /** As the client calls it. */
  readonly name: string;
  readonly title: string;
  readonly arguments: readonly string[];
}

/** Figures by name: `cpu_ms_per_doc_total`, `total_p50_ms`, `requests_per_s`, ... */
export type Summary = Readonly<Record<string, Spread>>;

export interface ScenarioResult {
  readonly scenario: Scenario;
  readonly ours: Summary;
  readonly peer: Summary;
  /** CPU of our engine processes per upload, all of it: their start and idling too. */
  readonly engineMs: number;
  readonly raw: unknown;
}

export async function runScenario(
  scenario: Scenario,
  sides: {
    readonly folder: string;
    readonly ours: Standalone;
    readonly peer: Peer;
    readonly rounds: number;
    readonly data: string | undefined;
  },
): Promise<ScenarioResult> {
  const { ours, peer } = sides;
  const folder = mkdtempSync(path.join(tmpdir(), 'cricksy-scenario-'));
  try {
    // The root of our whole tree: what it started and what has ended counts, whatever it was for.
    writeFileSync(path.join(folder, 'standalone.pid'), String(ours.pid));
    const json = path.join(folder, 'result.json');
    const before = cpuByRole(ours).engine;
    const client = spawn(
      process.execPath,
      [
        path.join(sides.folder, 'bench'),
        ...[
          '--target',
          `peer=${peer.url}@${peer.folder}`,
          '--target',
          `ours=${ours.url}@${folder}`,
        ],
        ...['--scenario', scenario.name, '--rounds', `${sides.rounds}`, '--json', json],
        ...(sides.data ? ['--data', sides.data] : []),
        ...scenario.arguments,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const [code] = (await once(client, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the client ended with ${code} in ${scenario.name}`);
    const raw = JSON.parse(readFileSync(json, 'utf8')) as {
      targets: Record<'ours' | 'peer', { summary: Summary; rounds: readonly Round[] }>;
    };
    for (const [side, { rounds }] of Object.entries(raw.targets)) refuseErrors(side, rounds);
    const engineMs =
      (cpuByRole(ours).engine - before) / uploadsOf(scenario, raw.targets.ours.rounds);
    return {
      scenario,
      ours: raw.targets.ours.summary,
      peer: raw.targets.peer.summary,
      engineMs,
      raw,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Of the client. */
const defaultWarmup = 4;

/** With those that warm up. */
function uploadsOf(scenario: Scenario, rounds: readonly Round[]): number {
  const counts = rounds.map(({ n }) => n ?? Number.NaN);
  const at = scenario.arguments.indexOf('--warmup');
  const warmup = at < 0 ? defaultWarmup : Number(scenario.arguments[at + 1]);
  return sum(counts) + Math.min(warmup, counts[0] ?? 0);
}

interface Round {
  readonly n?: number;
  readonly statuses?: Readonly<Record<string, number>>;
  readonly errors?: number;
  readonly non2xx?: number;
}

/** A side that fails quickly must not look cheap. */
function refuseErrors(side: string, rounds: readonly Round[]): void {
  for (const { statuses = {}, errors = 0, non2xx = 0 } of rounds) {
    const bad = Object.keys(statuses).filter((status) => !['parsed', 'completed'].includes(status));
    if (bad.length > 0 || errors > 0 || non2xx > 0) {
      process.stderr.write(
        `${side}: ${errors} errors, ${non2xx} refusals, ${JSON.stringify(statuses)}\n`,
      );
    }
  }
}
