// What a burst does to the number of workers, as it looks from outside, whoever scales them.
import { setTimeout as sleep } from 'node:timers/promises';
import { getJson } from '../../services/testing/client.ts';
import { throughGateway, type World, workers } from '../world.ts';
import { burst } from './load.ts';

interface Deployment {
  readonly spec: { readonly replicas: number };
  readonly status: { readonly replicas?: number; readonly readyReplicas?: number };
}
interface Health {
  readonly depth: null | {
    readonly waiting: number;
    readonly dispatched: number;
    readonly running: number;
  };
}

export interface Timeline {
  readonly sent: number;
  readonly peak: number;
  /** Seconds from the first upload until the Deployment was to have more workers than before. */
  readonly decided: number;
  /** Until it was to have as many as it ever had. */
  readonly peakDecided: number;
  /** Until all of these were ready; undefined: the work was done before. */
  readonly allReady: number | undefined;
  readonly drained: number;
  readonly backAtMin: number;
  /** Seconds of all workers together, busy or not. */
  readonly workerSeconds: number;
}

/** Sends a burst and follows the Deployment until it has `min` workers again. */
export async function timeBurst(
  world: World,
  { uploads, min, limitSeconds }: { uploads: number; min: number; limitSeconds: number },
): Promise<Timeline> {
  const proxy = await world.kubectl.proxy();
  const address = `${proxy.url}/apis/apps/v1/namespaces/${world.namespace}/deployments/${workers.split('/')[1]}`;
  try {
    return await throughGateway(world, async (api) => {
      const began = performance.now();
      const elapsed = () => (performance.now() - began) / 1000;
      let sent = 0;
      let failure: unknown;
      burst(api, uploads).then(
        (count) => {
          sent = count;
        },
        (error: unknown) => {
          failure = error;
        },
      );
      let [workerSeconds, last] = [0, 0];
      let [peak, decided, peakDecided] = [min, 0, 0];
      let allReady: number | undefined;
      let drained: number | undefined;
      while (elapsed() < limitSeconds) {
        const { spec, status } = await getJson<Deployment>(address);
        if (failure) throw failure;
        const at = elapsed();
        workerSeconds += (status.replicas ?? 0) * (at - last);
        last = at;
        if (spec.replicas > min && decided === 0) decided = at;
        if (spec.replicas > peak) [peak, peakDecided, allReady] = [spec.replicas, at, undefined];
        if (peak > min && status.readyReplicas === peak) allReady ??= at;
        if (sent > 0 && drained === undefined && (await depth(api)) === 0) drained = elapsed();
        if (drained !== undefined && spec.replicas === min && (status.replicas ?? 0) === min) {
          return {
            sent,
            peak,
            decided,
            peakDecided,
            allReady,
            drained,
            backAtMin: at,
            workerSeconds,
          };
        }
        await sleep(200);
      }
      throw new Error(`after ${limitSeconds} s: peak ${peak}, drained ${drained}`);
    });
  } finally {
    proxy.stop();
  }
}

/** Undefined: the gateway could not tell just now. */
async function depth(api: string): Promise<number | undefined> {
  const { depth } = (await (await fetch(`${api}/api/health`)).json()) as Health;
  return depth ? depth.waiting + depth.dispatched + depth.running : undefined;
}

export function describeTimeline(seen: Timeline): string {
  const s = (value: number | undefined) =>
    value === undefined ? 'never' : `${value.toFixed(1)} s`;
  return (
    `${seen.sent} uploads, ${seen.peak} workers at most: first decision ${s(seen.decided)}, all wanted ` +
    `${s(seen.peakDecided)}, all ready ${s(seen.allReady)}, drained ${s(seen.drained)}, back at the minimum ${s(seen.backAtMin)}, ` +
    `${seen.workerSeconds.toFixed(0)} s of workers`
  );
}
