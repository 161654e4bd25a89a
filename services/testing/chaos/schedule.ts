// What goes wrong and when, made from a seed: pure, printed before the run, the same every time.
import { pick, type Random, shuffled } from './random.ts';

export const targets = ['ledger', 'broker', 'store'] as const;
export type Target = (typeof targets)[number];

export type Fault =
  | { readonly kind: 'kill-engine' | 'kill-worker' | 'kill-gateway'; readonly member: number }
  /** Stopped for longer than a lease lasts, then let go on: a zombie. */
  | { readonly kind: 'pause-worker'; readonly member: number; readonly ms: number }
  /** SIGTERM to one worker after the other, SIGKILL two seconds later. */
  | { readonly kind: 'roll-workers' }
  | { readonly kind: 'stop-broker' | 'kill-broker' | 'wipe-broker'; readonly ms: number }
  /** Immediate shutdown: no checkpoint, the server recovers from its log. */
  | { readonly kind: 'kill-ledger' | 'stop-store'; readonly ms: number }
  /** Every connection breaks at once and may be made again at once: no reason to lose a task. */
  | { readonly kind: 'blip'; readonly member: string; readonly target: Target }
  | {
      readonly kind: 'cut' | 'slow';
      readonly member: string;
      readonly target: Target;
      readonly ms: number;
    };
export type FaultKind = Fault['kind'];

export interface Planned {
  /** From the start of the run. */
  readonly atMs: number;
  readonly fault: Fault;
}

export interface Members {
  readonly gateways: number;
  readonly workers: number;
}

/** Longer than a lease (30 s): whoever wakes then has lost what it held. */
const zombieMs = 36_000;
/** Between two faults. */
const gapMs = { least: 700, most: 3_500 };

/**
 * Every kind once, in random order, then more at random until `durationMs`. Outages do not
 * overlap each other: what they do together is the next one's business, not this one's.
 */
export function planFaults(
  durationMs: number,
  members: Members,
  random: Random,
): readonly Planned[] {
  // Zombies first: they take longest, and everything else happens meanwhile.
  const first: FaultKind[] = ['pause-worker', ...shuffled(kinds, random)];
  const planned: Planned[] = [];
  let at = 1_500;
  for (let n = 0; at < durationMs; n++) {
    const kind = first[n] ?? pick(kinds, random);
    const fault = make(kind, members, random);
    if (at + (kind === 'pause-worker' ? 0 : lengthOf(fault)) > durationMs && n >= first.length)
      break;
    planned.push({ atMs: Math.round(at), fault });
    at +=
      (kind === 'pause-worker' ? 0 : lengthOf(fault)) + between(gapMs.least, gapMs.most, random);
  }
  return planned;
}

const kinds: readonly FaultKind[] = [
  'kill-engine',
  'kill-worker',
  'kill-gateway',
  'roll-workers',
  'stop-broker',
  'kill-broker',
  'wipe-broker',
  'kill-ledger',
  'stop-store',
  'blip',
  'cut',
  'slow',
];

function make(kind: FaultKind, { gateways, workers }: Members, random: Random): Fault {
  const ms = Math.round(between(1_000, 4_000, random));
  switch (kind) {
    case 'kill-engine':
    case 'kill-worker':
      return { kind, member: Math.floor(random() * workers) };
    case 'kill-gateway':
      return { kind, member: Math.floor(random() * gateways) };
    case 'pause-worker':
      return { kind, member: Math.floor(random() * workers), ms: zombieMs };
    case 'roll-workers':
      return { kind };
    case 'blip':
      return {
        kind,
        member: pick(names(gateways, workers), random),
        target: pick(targets, random),
      };
    case 'cut':
    case 'slow':
      return {
        kind,
        member: pick(names(gateways, workers), random),
        target: pick(targets, random),
        ms,
      };
    default:
      return { kind, ms };
  }
}

export function names(gateways: number, workers: number): string[] {
  const numbered = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name}-${index}`);
  return [...numbered('gateway', gateways), ...numbered('worker', workers)];
}

/** Milliseconds for which the fault lasts. */
export function lengthOf(fault: Fault): number {
  return 'ms' in fault ? fault.ms : 0;
}

export function describeFault(fault: Fault): string {
  const seconds = 'ms' in fault ? ` for ${(fault.ms / 1000).toFixed(1)} s` : '';
  switch (fault.kind) {
    case 'cut':
    case 'slow':
      return `${fault.kind} ${fault.member} from ${fault.target}${seconds}`;
    case 'blip':
      return `break every connection from ${fault.member} to ${fault.target}`;
    case 'kill-engine':
      return `kill -9 an engine of worker-${fault.member}`;
    case 'kill-worker':
      return `kill -9 worker-${fault.member}`;
    case 'kill-gateway':
      return `kill -9 gateway-${fault.member}`;
    case 'pause-worker':
      return `pause worker-${fault.member}${seconds}`;
    case 'roll-workers':
      return 'restart every worker, SIGKILL 2 s after SIGTERM';
    default:
      return `${fault.kind.replace('-', ' the ')}${seconds}`;
  }
}

function between(least: number, most: number, random: Random): number {
  return least + random() * (most - least);
}
