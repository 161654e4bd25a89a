// What goes into a scale decision and what comes out of it: plain values, so that every decision
// can be stored, repeated and tested. Durations are in seconds, moments in milliseconds since 1970.

/** A reading that failed is not a zero: it says why it is missing instead of having a value. */
export type Reading<T> = { readonly value: T } | { readonly missing: string };

/** What the pool's owner asks for. */
export interface PoolSpec {
  readonly bounds: { readonly min: number; readonly max: number };
  /** Tasks that one worker reads at the same time. */
  readonly slots: number;
  readonly policy: PolicySettings;
  readonly stabilisation: Stabilisation;
  /** Workers kept beyond what the work needs; 0: none. */
  readonly spares: number;
  /** Windows of time in which the minimum is higher. */
  readonly schedule: readonly ScheduleWindow[];
}

export type PolicySettings = WorkSecondsSettings | QueueDepthSettings;

export interface WorkSecondsSettings {
  readonly name: 'work-seconds';
  /** Share of their time that slots should be busy with steady arrivals; above 0, at most 1. */
  readonly utilisation: number;
  /** Seconds in which what waits should be read. */
  readonly drainTarget: number;
}

export interface QueueDepthSettings {
  readonly name: 'queue-depth';
  /** Tasks, waiting and running, for each worker. */
  readonly depthPerWorker: number;
}

export interface Stabilisation {
  /** Down only to the highest number that was right within this time. */
  readonly downSeconds: number;
  /** Up only to the lowest number that was right within this time, unless it is a panic. */
  readonly upSeconds: number;
  /** From this multiple of the current workers on it is a panic: up at once, in one jump. */
  readonly panicRatio: number;
}

export interface ScheduleWindow {
  /** Five fields of cron: when the window begins and when it ends. */
  readonly start: string;
  readonly end: string;
  /** IANA name; undefined: UTC. */
  readonly timezone?: string | undefined;
  readonly min: number;
}

/** What was seen at one moment. */
export interface Observation {
  /** By the clock of who decides. */
  readonly atMs: number;
  readonly workers: Reading<Workers>;
  /** Due and not yet claimed: `waiting` with `run_at` in the past, and `dispatched`. */
  readonly backlog: Reading<Backlog>;
  readonly running: Reading<Running>;
  readonly arrivals: Reading<Arrivals>;
  readonly broker: Reading<BrokerDepth>;
  /** Tasks that ended well of late, what costs are learned from; seen before is harmless. */
  readonly ended: Reading<readonly EndedTask[]>;
}

export interface Workers {
  /** The replicas of the Deployment, as written there. */
  readonly wanted: number;
  /** Started and taking work. */
  readonly ready: number;
  /** On their way; they count as capacity. */
  readonly starting: number;
  /** Drained by us to be ended. */
  readonly draining: number;
  /** Drained by somebody else, an operator or the worker itself: alive, but no capacity. */
  readonly withdrawn: number;
}

/** Work in the units that the ledger knows; `cost.ts` makes seconds of it. */
export interface Amount {
  readonly tasks: number;
  /** Of these, tasks that open an upload: nobody knows yet how much is in it. */
  readonly unopened: number;
  /** Pages still to be read by the other tasks. */
  readonly pages: number;
  /** Of these pages, those whose size is known or can be told from their neighbours, and their pixels in millions. */
  readonly measuredPages: number;
  readonly megapixels: number;
}

export interface Backlog {
  readonly amount: Amount;
  /** How long the oldest has been due; 0: nothing waits. */
  readonly oldestSeconds: number;
}

export interface Running {
  /** Pages that running tasks have recorded are not in it. */
  readonly amount: Amount;
  /** What the running attempts have worked for, all together. */
  readonly elapsedSeconds: number;
}

export interface Arrivals {
  /** Tasks of both kinds that were created within the window, as they were then. */
  readonly amount: Amount;
  readonly windowSeconds: number;
}

export interface BrokerDepth {
  readonly ready: number;
  readonly unacknowledged: number;
}

/** One attempt that ended `done`. */
export interface EndedTask {
  readonly endedAtMs: number;
  /** It opened its upload. */
  readonly opened: boolean;
  readonly pages: number;
  readonly megapixels: number;
  /** From claim to end: what its slot was taken for. */
  readonly seconds: number;
}

/** What is kept from one decision to the next; JSON, so that a new leader can go on from it. */
export interface Memory {
  /** What would have been right, oldest first, no older than the longest window. */
  readonly recommendations: readonly Recommendation[];
  readonly cost: LearnedCost;
}

export interface Recommendation {
  readonly atMs: number;
  readonly wanted: number;
}

export interface LearnedCost {
  /** Tasks that ended until then have been learned from. */
  readonly untilMs: number;
  /** Sums over tasks, in which older ones weigh less; see `cost.ts`. */
  readonly sums: {
    readonly opened: number;
    readonly openedSeconds: number;
    readonly pages: number;
    readonly pageSeconds: number;
    readonly megapixels: number;
    /** Of each page's megapixels, the squares; and times its seconds. */
    readonly megapixelsSquared: number;
    readonly megapixelSeconds: number;
  };
}

export type Reason =
  /** A reading is missing: nothing changes. */
  | 'SignalLost'
  /** Much more work than workers: up at once. */
  | 'Panic'
  | 'WorkWaits'
  | 'LessWork'
  | 'Steady'
  /** The work would do with less, but not for long enough. */
  | 'Stabilising'
  | 'AtMinimum'
  | 'AtMaximum'
  | 'Schedule'
  | 'Spares';

export interface Decision {
  readonly atMs: number;
  readonly wanted: number;
  /** What was wanted before. */
  readonly previous: number;
  readonly reason: Reason;
  /** For people, complete. */
  readonly sentence: string;
  /** With all numbers: `ceil((0.2/s × 3 s / 0.75 + 30 s waiting / 15 s + 3 s running / 15 s) / 2) = 2`. */
  readonly formula: string;
  readonly inputs: Readonly<Record<string, number>>;
  /** Readings that were missing, each with its reason; not empty: hold. */
  readonly missing: readonly string[];
}

/** Turns what is seen into a number of workers, before bounds, spares and stabilisation. */
export interface ScalingPolicy<Settings extends PolicySettings = PolicySettings> {
  readonly name: Settings['name'];
  need(seen: Seen, settings: Settings, slots: number): Need;
}

/** An observation with nothing missing and its amounts in seconds. */
export interface Seen {
  readonly backlog: { readonly tasks: number; readonly seconds: number };
  readonly running: { readonly tasks: number; readonly seconds: number };
  /** Tasks a second, and what one takes. */
  readonly arrivals: { readonly perSecond: number; readonly serviceSeconds: number };
}

export interface Need {
  readonly workers: number;
  readonly formula: string;
}
