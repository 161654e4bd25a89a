// Kubernetes Events about a pool: what `kubectl describe` shows of what was done, and why.
import { randomUUID } from 'node:crypto';
import type { Log } from '#core/log.ts';
import type { Step } from '../act/plan.ts';
import type { Kubernetes } from '../kubernetes/kubernetes.ts';
import type { Paths } from '../kubernetes/paths.ts';
import type { Condition, OcrWorkerPool, PoolStatus } from '../observe/pool.ts';
import type { Decision } from '../policy/types.ts';

export interface Told {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export function aboutStep(step: Step, from: number, decision: Decision): Told | undefined {
  const why = decision.sentence;
  switch (step.do) {
    case 'raise':
      return normal('ScaledUp', `From ${from} to ${step.to} workers. ${why}`);
    case 'lower':
      return normal(
        'ScaledDown',
        `From ${from} to ${step.to} workers: ${list(step.going)}. ${why}`,
      );
    case 'choose':
      return normal('Draining', `${list(step.pods)}. ${why}`);
    case 'undrain':
      return normal('PutBackToWork', `${list(step.workers)}: ${step.because}.`);
    case 'keep':
    case 'price':
    case 'forget':
      return undefined;
  }
}

/** Conditions that are not as they should be, and those that are again. */
export function aboutConditions(before: PoolStatus | undefined, after: PoolStatus): Told[] {
  const watched: readonly Condition['type'][] = ['Paused', 'Conflicted', 'SignalLost'];
  return after.conditions.flatMap(({ type, status, message }) => {
    const was = before?.conditions.find((one) => one.type === type)?.status ?? 'False';
    if (!watched.includes(type) || was === status) return [];
    if (status !== 'True') return [normal(`No${type}`, message)];
    return [type === 'Paused' ? normal(type, message) : { type: 'Warning', reason: type, message }];
  });
}

/** Never fails: an event that is lost changes nothing. */
export async function tell(
  deps: {
    readonly kubernetes: Pick<Kubernetes, 'request'>;
    readonly paths: Paths;
    readonly log: Log;
  },
  pool: OcrWorkerPool,
  told: Told,
): Promise<void> {
  const { name, namespace, uid, resourceVersion } = pool.metadata;
  const time = new Date().toISOString();
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${randomUUID().slice(0, 13)}`, namespace },
    involvedObject: {
      apiVersion: 'ocr.cricksy.dev/v1alpha1',
      kind: 'OcrWorkerPool',
      name,
      namespace,
      uid,
      resourceVersion,
    },
    type: told.type,
    reason: told.reason,
    message: told.message.slice(0, 1024),
    firstTimestamp: time.replace(/\.\d+/, ''),
    lastTimestamp: time.replace(/\.\d+/, ''),
    count: 1,
    source: { component: 'cricksy-ocr-controller' },
  };
  try {
    await deps.kubernetes.request('POST', deps.paths.events, { body });
  } catch (error) {
    deps.log.warn({ error, reason: told.reason }, 'an event could not be told');
  }
}

function normal(reason: string, message: string): Told {
  return { type: 'Normal', reason, message };
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
