// autoscaler: why there are as many workers as there are, in words.
import type { z } from 'zod';
import type {
  autoscalerAnswer,
  decisionsAnswer,
  ScaleDecision,
  ScaledPool,
} from '#core/autoscaler-messages.ts';
import type { Api } from '../api.ts';
import { CommandError, type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';

interface Part {
  readonly json: object;
  readonly text: string;
}

interface Asked {
  readonly api: Api;
  readonly pool: string | undefined;
  readonly limit: number;
}

const views: Record<string, (asked: Asked) => Promise<Part[]>> = { why, status, decisions };

/** Failed when nothing scales the pool, or any pool. */
export async function autoscaler({ given, connect, signal, print }: Session): Promise<ExitCode> {
  const view = views[given.operands[0] ?? ''];
  if (!view) throw new CommandError(exitCodes.usage, 'autoscaler why, status or decisions?');
  const asked = { api: connect(signal), pool: given.pool, limit: given.limit ?? 50 };
  for (const { json, text } of await view(asked)) {
    print(given.json ? `${JSON.stringify(json)}\n` : `${text}\n`);
  }
  return exitCodes.done;
}

async function scaledPools({ api, pool }: Asked): Promise<ScaledPool[]> {
  const query = pool === undefined ? '' : `?${new URLSearchParams({ pool })}`;
  const { pools } = await api.get<z.infer<typeof autoscalerAnswer>>(
    `/api/autoscaler${query}`,
    'pools',
  );
  if (pools.length > 0) return pools;
  const what = pool === undefined ? 'no pool is' : `pool ${pool} is not`;
  throw new CommandError(exitCodes.failed, `${what} scaled by Cricksy OCR here`);
}

async function why(asked: Asked): Promise<Part[]> {
  return (await scaledPools(asked)).map((pool) => ({ json: pool, text: explain(pool) }));
}

async function status(asked: Asked): Promise<Part[]> {
  return (await scaledPools(asked)).map((pool) => {
    const { decisions: _, scale_downs: __, last_change: ___, ...json } = pool;
    const [last] = pool.decisions;
    const text = [
      pool.pool,
      last ? `${last.wanted} wanted (${last.reason})` : 'nothing decided yet',
      ...inWords(pool),
    ].join('  ');
    return { json: { ...json, wanted: last?.wanted ?? null, reason: last?.reason ?? null }, text };
  });
}

async function decisions(asked: Asked): Promise<Part[]> {
  const parts: Part[] = [];
  for (const { pool } of await scaledPools(asked)) {
    const query = new URLSearchParams({ pool, limit: String(Math.min(asked.limit, mostAtOnce)) });
    const page = await asked.api.get<z.infer<typeof decisionsAnswer>>(
      `/api/autoscaler/decisions?${query}`,
      'decisions',
    );
    for (const decision of page.decisions) {
      const text = [decision.decided_at, pool, changeOf(decision), decision.sentence].join('  ');
      parts.push({ json: { pool, ...decision }, text });
    }
  }
  return parts;
}

/** Decisions that the server gives at a time, at most. */
const mostAtOnce = 500;

function inWords({ workers, depth, terminated_while_busy: terminated }: ScaledPool): string[] {
  return [
    `${workers.ready} ready: ${workers.busy} busy, ${workers.idle} idle`,
    ...(workers.draining > 0 ? [`${workers.draining} draining`] : []),
    ...(workers.withdrawn > 0 ? [`${workers.withdrawn} withdrawn by others`] : []),
    `${depth.waiting + depth.dispatched} waiting, ${depth.running} being read`,
    `${terminated} ended while busy`,
  ];
}

function changeOf({ previous, wanted, reason }: ScaleDecision): string {
  return `${previous === wanted ? wanted : `${previous} -> ${wanted}`}  ${reason}`;
}

function explain(pool: ScaledPool): string {
  const [last] = pool.decisions;
  const change = pool.last_change;
  const [down] = pool.scale_downs;
  return [
    `${pool.pool}: ${inWords(pool).join('; ')}`,
    ...(last ? told('now', last) : ['  nothing was decided yet']),
    ...(change && change.id !== last?.id ? told('last change', change) : []),
    ...(down ? [lowered(down)] : []),
  ].join('\n');
}

function lowered(down: ScaledPool['scale_downs'][number]): string {
  const went = down.went === null ? 'who went is not known yet' : `${list(down.went)} went`;
  return `  last lowered at ${down.lowered_at} from ${down.from} to ${down.to}: ${went}, attempts ended with it: ${down.terminated_while_busy}`;
}

function told(when: string, decision: ScaleDecision): string[] {
  const { inputs, shadow } = decision;
  return [
    `  ${when}: ${changeOf(decision)}, at ${decision.decided_at}`,
    `    ${decision.sentence}`,
    `    reckoned: ${decision.formula}`,
    `    from: ${Object.entries(inputs).filter(isThere).map(named).join(', ')}`,
    ...decision.missing.map((missing) => `    could not be read: ${missing}`),
    ...(decision.drained.length > 0 ? [`    drained: ${list(decision.drained)}`] : []),
    ...(decision.undrained.length > 0 ? [`    put back to work: ${list(decision.undrained)}`] : []),
    ...(shadow ? [`    KEDA would have ${shadow.sentence}`] : []),
  ];
}

/** Most are zero most of the time; `--json` has them all. */
function isThere([, value]: [string, number]): boolean {
  return value !== 0;
}

/** `backlogSeconds` as `backlog seconds 12.3`. */
function named([name, value]: [string, number]): string {
  return `${name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)} ${Number(value.toPrecision(3))}`;
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'nobody';
}
