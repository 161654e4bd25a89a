// One of several controllers acts. A candidate takes the Lease when it has seen it unchanged for
// as long as it lasts, by its own monotonic clock: what stands in it as time is for people, so clocks
// may differ. The leader's epoch is `leaseTransitions`; ledger, replicas and what pods cost are fenced
// by it (act/fence.ts), so one that was frozen past its lease and wakes up changes none of them. A
// status it can write only over one that it has read, which the new leader's next look corrects. Events
// are not fenced: each tells of something that was written.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '#core/log.ts';
import { isOvertaken, type Kubernetes, statusOf } from './kubernetes/kubernetes.ts';
import type { Lease } from './kubernetes/objects.ts';

export interface Leader {
  /** Undefined: another one leads, or nobody is known to. */
  epoch(): number | undefined;
  /**
   * Somebody has written with a higher epoch than ours. Either another one leads, then this one does not
   * any more; or the Lease was deleted and counts from the start, then it is lifted above that.
   */
  lift(above: number): Promise<void>;
  /** Lets go of the Lease, so that another takes it at once. */
  stop(): Promise<void>;
}

export interface Timings {
  /** A Lease that was not renewed for as long may be taken. */
  readonly leaseMs: number;
  /** A leader that could not renew for as long leads no more; shorter than `leaseMs`. */
  readonly renewWithinMs: number;
  readonly renewEveryMs: number;
  readonly retryEveryMs: number;
}

export const defaultTimings: Timings = {
  leaseMs: 15_000,
  renewWithinMs: 10_000,
  renewEveryMs: 5_000,
  retryEveryMs: 2_000,
};

export interface LeaderOptions {
  readonly kubernetes: Pick<Kubernetes, 'request'>;
  readonly namespace: string;
  readonly name: string;
  /** Of this process, not of its pod: a container that starts again is another candidate. */
  readonly identity: string;
  readonly timings?: Timings;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** For people who read the Lease. */
  readonly date: () => Date;
  readonly onChange: (epoch: number | undefined) => void;
  readonly log: Log;
}

interface Held {
  readonly lease: Lease;
  readonly until: number;
}

export function startLeader(options: LeaderOptions): Leader {
  const { kubernetes, identity, now, log } = options;
  const timings = options.timings ?? defaultTimings;
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
  const path = `${leases}/${options.name}`;
  const stopping = new AbortController();
  let held: Held | undefined;
  let told: number | undefined;
  let seen: { readonly version: string; readonly at: number } | undefined;
  let writing: Promise<unknown> = Promise.resolve();

  const epoch = () => {
    if (!held || now() >= held.until) return undefined;
    return held.lease.spec?.leaseTransitions;
  };

  const tell = () => {
    const current = epoch();
    if (current === told) return;
    log.info({ epoch: current }, current === undefined ? 'no longer the leader' : 'leads');
    told = current;
    options.onChange(current);
  };

  /** One write after another, each on the version that the one before made. */
  const inTurn = <T>(write: () => Promise<T>): Promise<T> => {
    const next = writing.then(write, write);
    writing = next.catch(() => undefined);
    return next;
  };

  const write = async (current: Lease | undefined, transitions: number): Promise<void> => {
    const began = now();
    const time = options.date().toISOString().replace('Z', '000Z');
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(timings.leaseMs / 1000),
      leaseTransitions: transitions,
      acquireTime: held ? held.lease.spec?.acquireTime : time,
      renewTime: time,
    };
    const lease = current
      ? await kubernetes.request<Lease>('PUT', path, { body: { ...current, spec } })
      : await kubernetes.request<Lease>('POST', leases, {
          body: {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { name: options.name },
            spec,
          },
        });
    // Counted from before the request: others count from when they see it.
    held = { lease, until: began + timings.renewWithinMs };
  };

  const giveUp = () => {
    held = undefined;
    seen = undefined;
    tell();
  };

  const renew = async (current: Held): Promise<void> => {
    try {
      await write(current.lease, current.lease.spec?.leaseTransitions ?? 0);
    } catch (error) {
      if (isOvertaken(error) || statusOf(error) === 404) return giveUp();
      log.warn({ error }, 'the lease could not be renewed');
    }
  };

  const look = async (): Promise<void> => {
    const lease = await read();
    if (!lease) return write(undefined, 1);
    const version = lease.metadata.resourceVersion;
    if (seen?.version !== version) seen = { version, at: now() };
    const lasts = Math.max(timings.leaseMs, (lease.spec?.leaseDurationSeconds ?? 0) * 1000);
    const holder = lease.spec?.holderIdentity;
    // Its own: the answer to a write of it was lost.
    if (!holder || holder === identity || now() - seen.at >= lasts)
      await write(lease, (lease.spec?.leaseTransitions ?? 0) + 1);
  };

  const read = async (): Promise<Lease | undefined> => {
    try {
      return await kubernetes.request<Lease>('GET', path);
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  };

  const turn = async (): Promise<void> => {
    if (held && now() >= held.until) giveUp();
    try {
      if (held) await renew(held);
      else await look();
    } catch (error) {
      // Another one was quicker, or the API is away: the next turn sees.
      if (!isOvertaken(error)) log.warn({ error }, 'the lease could not be read or taken');
    }
    tell();
  };

  const loop = async () => {
    while (!stopping.signal.aborted) {
      await inTurn(turn);
      const fresh = held && held.until - now() > timings.renewWithinMs - timings.renewEveryMs;
      const wait = fresh ? timings.renewEveryMs : timings.retryEveryMs;
      await sleep(wait, undefined, { signal: stopping.signal }).catch(() => undefined);
      tell();
    }
  };
  const looping = loop();
  // Says that it is over when it is, not a request later.
  const watchdog = setInterval(tell, Math.min(1_000, timings.retryEveryMs));

  return {
    epoch,
    lift: (above) =>
      inTurn(async () => {
        const current = held;
        if (!current || (current.lease.spec?.leaseTransitions ?? 0) > above) return;
        try {
          await write(current.lease, above + 1);
        } catch (error) {
          if (!isOvertaken(error) && statusOf(error) !== 404) throw error;
          giveUp();
        }
        tell();
      }),
    async stop() {
      clearInterval(watchdog);
      stopping.abort();
      await looping;
      const last = held;
      giveUp();
      if (!last) return;
      const spec = { ...last.lease.spec, holderIdentity: '' };
      const body = { ...last.lease, spec };
      await kubernetes.request('PUT', path, { body }).catch(() => undefined);
    },
  };
}
