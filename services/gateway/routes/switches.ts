// What operators switch off by hand: features for everybody, and the reading of one pool's uploads.
import { z } from 'zod';
import { type Feature, features } from '#core/domain/features.ts';
import { AppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { changeSwitch } from '#core/ledger/switches/switches.ts';
import { isPool } from '#core/ledger/workers/pools.ts';
import { label } from '#core/message-fields.ts';
import {
  pauseRequest,
  type SwitchEntry,
  switchEntry,
  switchesAnswer,
  switchRequest,
} from '#core/operation-messages.ts';
import type { RequestContext } from '../context.ts';
import { defineRoute } from '../route.ts';
import type { Switches } from '../switches.ts';

interface SwitchDependencies {
  readonly db: Database;
  readonly switches: Pick<Switches, 'entry' | 'refresh'>;
}
type PoolDependencies = SwitchDependencies & { readonly pools: readonly string[] };

const featureParams = z.object({ feature: z.enum(features, 'switch.not_found') });
const poolParams = z.object({ pool: label });

export function listSwitchesRoute({ switches }: { switches: Pick<Switches, 'list'> }) {
  return defineRoute({
    method: 'get',
    path: '/api/switches',
    tag: 'operation',
    summary: 'What is on, what is off, and who switched it when and why',
    responses: { 200: switchesAnswer },
    handle: async () => ({ status: 200, body: { switches: switches.list() } }),
  });
}

export function changeSwitchRoute(deps: SwitchDependencies) {
  return defineRoute({
    method: 'put',
    path: '/api/switches/:feature',
    tag: 'operation',
    operator: true,
    summary: 'Switch uploads or OCR off and on, on every gateway at once',
    description:
      'Lasts until it is switched back, restarts included. With `uploads` off none is announced or completed (`uploads.disabled`); with `ocr` off they are taken and wait, and what was dispatched before is still read.',
    request: { params: featureParams, body: switchRequest },
    responses: { 200: switchEntry },
    errors: ['switch.not_found', 'switch.not_allowed'],
    async handle({ params: { feature }, body: { on, ...why }, request }) {
      if (on && !deps.switches.entry(feature).allowed) {
        throw new AppError('switch.not_allowed', `CRICKSY_ENABLE_${feature.toUpperCase()} is off`);
      }
      return { status: 200, body: await change(deps, { feature, on }, why, request) };
    },
  });
}

export function pausePoolRoute(deps: PoolDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/pools/:pool/pause',
    tag: 'operation',
    operator: true,
    summary: 'Dispatch nothing to the workers of a pool until it is resumed',
    description:
      'What was dispatched before is still read. PUT /api/switches/ocr pauses all pools.',
    request: { params: poolParams, body: pauseRequest },
    responses: { 200: switchEntry },
    errors: ['pool.not_found'],
    handle: ({ params, body, request }) => switchPool(deps, params.pool, false, body, request),
  });
}

export function resumePoolRoute(deps: PoolDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/pools/:pool/resume',
    tag: 'operation',
    operator: true,
    summary: 'Dispatch to the workers of a paused pool again',
    request: { params: poolParams, body: pauseRequest },
    responses: { 200: switchEntry },
    errors: ['pool.not_found'],
    handle: ({ params, body, request }) => switchPool(deps, params.pool, true, body, request),
  });
}

async function switchPool(
  deps: PoolDependencies,
  pool: string,
  on: boolean,
  why: z.output<typeof pauseRequest>,
  request: RequestContext,
) {
  if (!deps.pools.includes(pool) && !(await isPool(deps.db, pool))) {
    throw new AppError('pool.not_found', `there is no pool ${pool}`);
  }
  const body = await change(deps, { feature: 'ocr', pool, on }, why, request);
  return { status: 200 as const, body };
}

async function change(
  deps: SwitchDependencies,
  to: { feature: Feature; pool?: string; on: boolean },
  { by, reason }: z.output<typeof pauseRequest>,
  { principal, log }: RequestContext,
): Promise<SwitchEntry> {
  const changed = await changeSwitch(deps.db, { ...to, by: by ?? principal, reason });
  await deps.switches.refresh();
  if (changed) log.info({ ...to, by: by ?? principal }, 'an operator has switched');
  return deps.switches.entry(to.feature, to.pool);
}
