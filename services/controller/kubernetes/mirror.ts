// What the API server has of one kind, kept up to date by a watch. Watches die silently and may
// leave something out, so each is ended after a while and everything listed again.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '#core/log.ts';
import type { Kubernetes, WatchEvent } from './kubernetes.ts';
import type { KubernetesObject } from './objects.ts';

export interface Mirror<T> {
  /** Undefined: not read yet, or not for so long that it cannot be trusted. */
  all(): readonly T[] | undefined;
  stop(): Promise<void>;
}

export interface MirrorOptions<T> {
  readonly kubernetes: Pick<Kubernetes, 'request' | 'watch'>;
  readonly path: string;
  /** What is kept of each object: thousands of pods are a lot of memory. */
  readonly keep: (object: T) => T;
  readonly onChange: () => void;
  readonly now: () => number;
  readonly relistMs?: number;
  readonly log: Log;
}

interface List<T> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly T[];
}

/** Twice without a list, and what is known is too old to act on. */
const trustedLists = 2;
const longestDelayMs = 10_000;

export function startMirror<T extends KubernetesObject>(options: MirrorOptions<T>): Mirror<T> {
  const { kubernetes, path, keep, onChange, now, log } = options;
  const relistMs = options.relistMs ?? 60_000;
  const stopping = new AbortController();
  let objects: Map<string, T> | undefined;
  let listedAt = 0;

  const list = async (): Promise<string> => {
    const fresh = await kubernetes.request<List<T>>('GET', path);
    objects = new Map(fresh.items.map((item) => [item.metadata.uid, keep(item)]));
    listedAt = now();
    onChange();
    return fresh.metadata.resourceVersion;
  };

  const take = ({ type, object }: WatchEvent): void => {
    if (type === 'BOOKMARK') return;
    // Mostly that the version is too old to go on from: listing again is the answer to all of them.
    if (type === 'ERROR') throw new Error(`watch: ${JSON.stringify(object)}`);
    const item = object as T;
    if (type === 'DELETED') objects?.delete(item.metadata.uid);
    else objects?.set(item.metadata.uid, keep(item));
    onChange();
  };

  const follow = async (resourceVersion: string): Promise<void> => {
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(relistMs)]);
    await kubernetes.watch(path, { query: { resourceVersion }, onEvent: take, signal });
  };

  const loop = async () => {
    for (let delay = 100; !stopping.signal.aborted; delay = Math.min(delay * 2, longestDelayMs)) {
      try {
        await follow(await list());
        delay = 100;
      } catch (error) {
        log.warn({ error, path }, 'cannot watch, trying again');
      }
      await sleep(delay, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const looping = loop();

  return {
    all: () =>
      objects && now() - listedAt <= trustedLists * relistMs ? [...objects.values()] : undefined,
    async stop() {
      stopping.abort();
      await looping;
    },
  };
}
