// What KEDA 2.20 with its RabbitMQ trigger and the HPA it makes would have wanted, all defaults:
// shown beside our decisions, and what the simulator of bench/autoscaler runs against.
//
// - Messages are ready and unacknowledged ones, as RabbitMQ's management API counts them
//   (`protocol: http`). Over AMQP KEDA sees ready ones only and would want less while all run.
//   Our dispatch window would hide the rest from a broker, so it is counted in the ledger.
// - KEDA looks every 30 s: from 0 to 1 when there is anything, to 0 after 300 s without.
// - The HPA looks every 15 s, passes over 10 %, at most doubles or goes to 4, whichever is more (the
//   limit that holds when no `behavior` is set, as KEDA leaves it), and goes down to the highest of 300 s.
import { clamp, count, show } from './numbers.ts';
import type { Observation, PoolSpec, Recommendation } from './types.ts';

export const kedaDefaults = {
  pollingSeconds: 30,
  cooldownSeconds: 300,
  syncSeconds: 15,
  tolerance: 0.1,
  downSeconds: 300,
};

/** JSON; kept apart from the memory of our own decisions. */
export interface ShadowMemory {
  readonly workers: number;
  readonly nextPollMs: number;
  readonly nextSyncMs: number;
  readonly activeMs: number;
  readonly recommendations: readonly Recommendation[];
}

export interface ShadowDecision {
  readonly atMs: number;
  readonly wanted: number;
  readonly sentence: string;
}

export interface Shadowed {
  readonly decision: ShadowDecision;
  /** Undefined as long as nothing has ever been seen. */
  readonly memory: ShadowMemory | undefined;
}

/** `memory` is undefined the first time: it begins with the workers there are. */
export function shadow(
  spec: PoolSpec,
  observation: Observation,
  memory: ShadowMemory | undefined,
): Shadowed {
  const { atMs } = observation;
  const before = memory ?? first(observation);
  const messages = messagesIn(observation);
  if (!before || messages === undefined) {
    const wanted = before?.workers ?? spec.bounds.min;
    const sentence = `${count(wanted, 'worker')} as before, since messages could not be counted.`;
    return { decision: { atMs, wanted, sentence }, memory: before };
  }
  const perWorker = messagesPerWorker(spec);
  // The HPA first: what KEDA just woke up is seen by its next look.
  const synced =
    atMs >= before.nextSyncMs ? sync(spec, before, { atMs, messages, perWorker }) : before;
  const after = atMs >= synced.nextPollMs ? poll(spec, synced, { atMs, messages }) : synced;
  const sentence = `${count(after.workers, 'worker')}: ${count(messages, 'message')}, ${show(perWorker)} for each worker.`;
  return { decision: { atMs, wanted: after.workers, sentence }, memory: after };
}

/** A trigger's `value`: what our simple policy would take, else two messages for each slot. */
function messagesPerWorker({ policy, slots }: PoolSpec): number {
  return policy.name === 'queue-depth' ? policy.depthPerWorker : 2 * slots;
}

function messagesIn({ backlog, running }: Observation): number | undefined {
  if (!('value' in backlog && 'value' in running)) return;
  return backlog.value.amount.tasks + running.value.amount.tasks;
}

function first({ atMs, workers }: Observation): ShadowMemory | undefined {
  if (!('value' in workers)) return;
  const { wanted } = workers.value;
  const recommendations = [{ atMs, wanted }];
  return { workers: wanted, nextPollMs: atMs, nextSyncMs: atMs, activeMs: atMs, recommendations };
}

interface Look {
  readonly atMs: number;
  readonly messages: number;
}

function poll({ bounds }: PoolSpec, memory: ShadowMemory, { atMs, messages }: Look): ShadowMemory {
  const polled = { ...memory, nextPollMs: atMs + kedaDefaults.pollingSeconds * 1000 };
  if (messages > 0) {
    return { ...polled, activeMs: atMs, workers: memory.workers || Math.max(1, bounds.min) };
  }
  const isCold = atMs > memory.activeMs + kedaDefaults.cooldownSeconds * 1000;
  return bounds.min === 0 && isCold ? { ...polled, workers: 0 } : polled;
}

function sync(
  { bounds }: PoolSpec,
  memory: ShadowMemory,
  { atMs, messages, perWorker }: Look & { readonly perWorker: number },
): ShadowMemory {
  const synced = { ...memory, nextSyncMs: atMs + kedaDefaults.syncSeconds * 1000 };
  // An HPA leaves a Deployment alone that has no replicas.
  if (memory.workers === 0) return synced;
  const ratio = messages / (perWorker * memory.workers);
  const { tolerance } = kedaDefaults;
  const isNear = ratio >= 1 - tolerance && ratio <= 1 + tolerance;
  const right = isNear ? memory.workers : Math.ceil(messages / perWorker);
  const since = atMs - kedaDefaults.downSeconds * 1000;
  const recent = memory.recommendations.filter((one) => one.atMs >= since);
  const recommendations = [...recent, { atMs, wanted: right }];
  const steady = Math.max(...recommendations.map((one) => one.wanted));
  const most = Math.min(bounds.max, Math.max(2 * memory.workers, 4));
  return { ...synced, recommendations, workers: clamp(steady, Math.max(1, bounds.min), most) };
}
