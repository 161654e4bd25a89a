// One look at one pool: see, decide, act, explain. What is remembered between two looks is only for
// comfort; a new leader finds everything that matters in the ledger and in the cluster.
import type { Broker } from '#core/broker/broker.ts';
import { lastDecision } from '#core/ledger/scaling/decisions.ts';
import { countTerminatedWhileBusy } from '#core/ledger/scaling/terminated.ts';
import type { Log } from '#core/log.ts';
import {
  type CarriedOut,
  type CarryingOut,
  carryOut,
  noProgress,
  type Progress,
} from './act/carry-out.ts';
import type { Step } from './act/plan.ts';
import { aboutStep, tell } from './explain/events.ts';
import { explain, type LastStatus } from './explain/explain.ts';
import type { ControllerMetrics } from './metrics.ts';
import type { Cluster } from './observe/cluster.ts';
import { observe } from './observe/observe.ts';
import { type OcrWorkerPool, specOf } from './observe/pool.ts';
import type { Scene } from './observe/scene.ts';
import { createStartups } from './observe/startups.ts';
import { decide } from './policy/decide.ts';
import { shadow } from './policy/keda.ts';
import type { Reading } from './policy/types.ts';
import { blank, type Remembered, recall } from './remembered.ts';

export interface ReconcileDependencies extends CarryingOut {
  readonly cluster: Cluster;
  readonly broker: Pick<Broker, 'counts'>;
  readonly metrics: ControllerMetrics;
  readonly log: Log;
}

/** Tells a higher epoch that it met; undefined: none. Never fails. */
export type Reconcile = (pool: OcrWorkerPool, epoch: number) => Promise<number | undefined>;

interface State {
  readonly epoch: number;
  readonly progress: Progress;
  /** Undefined: what was decided before is not read yet. */
  memory: Remembered | undefined;
  status: LastStatus | undefined;
  countedMs: number;
}

/** Leases of what died with its worker end after half a minute; sooner there is nothing to count. */
const countEveryMs = 15_000;

export function createReconcile(deps: ReconcileDependencies): Reconcile {
  const { db, cluster, broker, metrics, now } = deps;
  const states = new Map<string, State>();
  const startups = createStartups(now(), metrics.started);

  const stateFor = ({ metadata }: OcrWorkerPool, epoch: number): State => {
    const known = states.get(metadata.uid);
    if (known?.epoch === epoch) return known;
    const state: State = {
      epoch,
      progress: noProgress(),
      memory: undefined,
      status: undefined,
      countedMs: 0,
    };
    states.set(metadata.uid, state);
    return state;
  };

  /** Who had this pool or this Deployment before. */
  const twins = ({ metadata, spec }: OcrWorkerPool): string[] => {
    const others = cluster.pools() ?? [];
    return others
      .filter((one) => one.metadata.uid !== metadata.uid && isBefore(one, metadata))
      .filter(
        (one) => one.spec.pool === spec.pool || one.spec.targetRef.name === spec.targetRef.name,
      )
      .map((one) => `OcrWorkerPool ${one.metadata.name}`);
  };

  return async (pool, epoch) => {
    const began = performance.now();
    const atMs = now();
    const name = pool.spec.pool;
    const log = deps.log.child({ pool: name });
    const state = stateFor(pool, epoch);
    try {
      state.memory ??= recall((await lastDecision(db, name)).memory);
    } catch (error) {
      log.warn({ error }, 'what was decided before could not be read');
    }
    const memory = state.memory ?? blank;
    const others = cluster.rivals(pool.spec.targetRef.name);
    const before = twins(pool);
    const rivals = 'value' in others ? [...others.value, ...before] : [];
    const scene = allOf(others, cluster.scene(pool.spec.targetRef.name), state);

    const endedAfterMs = memory.own.cost.untilMs;
    const sight = await observe({ db, broker, pool: name, scene, endedAfterMs, atMs });
    const { observation, census } = sight;
    const spec = specOf(pool);
    const decided = decide(spec, observation, memory.own);
    const shadowed = shadow(spec, observation, memory.shadow);
    if (state.memory) state.memory = { own: decided.memory, shadow: shadowed.memory };
    const { decision } = decided;
    const seconds = (performance.now() - began) / 1000;
    // Else its workers, and what is told of them, are the other one's.
    const isOwn = before.length === 0;
    const shadowWorkers = shadowed.decision.wanted;
    if (isOwn) metrics.decided(name, { decision, census, shadowWorkers, seconds });

    const isFree = !pool.spec.paused && rivals.length === 0 && decision.missing.length === 0;
    const mode = pool.spec.dryRun ? 'watch' : isFree ? 'scale' : 'rest';
    let scaled = false;
    const events: Promise<void>[] = [];
    const onDone = (step: Step, from: number) => {
      scaled ||= step.do === 'raise' || step.do === 'lower';
      log.info({ step, from, reason: decision.reason, formula: decision.formula }, 'did a step');
      const told = aboutStep(step, from, decision);
      if (told) events.push(tell({ ...deps, log }, pool, told));
    };
    let result: CarriedOut = { waitsFor: undefined };
    if (isOwn && 'value' in scene && 'value' in sight.workers) {
      startups.see(name, scene.value, sight.workers.value);
      try {
        const intent = {
          leader: { pool: name, epoch },
          decision,
          shadow: shadowed.decision,
          memory: state.memory,
          scene: scene.value,
          workers: sight.workers.value,
          drainSeconds: pool.spec.scaleDown.drainSeconds,
          mode,
        } as const;
        result = await carryOut(deps, intent, state.progress, onDone);
        if (result.overtakenBy !== undefined) return result.overtakenBy;
        if (atMs - state.countedMs >= countEveryMs) {
          metrics.terminated(name, await countTerminatedWhileBusy(db, name));
          state.countedMs = atMs;
        }
      } catch (error) {
        log.warn({ error }, 'what was decided could not be done');
        result = { waitsFor: 'it could not be done, see the log' };
      }
    }
    await Promise.all(events);
    const account = {
      pool,
      decision,
      census,
      rivals,
      scaledByHand: 'value' in scene && isForeign(scene.value),
      waitsFor: result.waitsFor,
      waiting: 'value' in observation.backlog ? observation.backlog.value.amount.tasks : undefined,
      scaled,
    };
    state.status = await explain({ ...deps, log }, account, state.status);
    return undefined;
  };
}

function isBefore(
  one: OcrWorkerPool,
  { creationTimestamp, uid }: OcrWorkerPool['metadata'],
): boolean {
  const theirs = one.metadata;
  if (theirs.creationTimestamp !== creationTimestamp) {
    return theirs.creationTimestamp < creationTimestamp;
  }
  return theirs.uid < uid;
}

/** Nothing is known of the workers unless it is known who else scales them and what was decided before. */
function allOf(others: Reading<unknown>, scene: Reading<Scene>, { memory }: State): Reading<Scene> {
  if ('missing' in others) return others;
  return memory ? scene : { missing: 'what was decided before is not read' };
}

function isForeign({ written, replicas }: Scene): boolean {
  return written !== undefined && written !== replicas;
}
