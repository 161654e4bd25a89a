// What is said of a decision: complete, for people who ask why.
import { count, show } from './numbers.ts';
import type { Reason, Seen } from './types.ts';

export interface Change {
  readonly wanted: number;
  readonly previous: number;
  readonly reason: Exclude<Reason, 'SignalLost'>;
  readonly need: number;
  readonly min: number;
  readonly max: number;
  readonly seen: Seen;
  /** Windows of the schedule that were passed over. */
  readonly faults: readonly string[];
}

export function sentenceFor(change: Change): string {
  const passedOver = change.faults.map((fault) => ` Passed over: ${fault}.`).join('');
  return `${howMany(change)}, since ${why(change)}.${passedOver}`;
}

function howMany({ wanted, previous }: Change): string {
  if (wanted === previous) return `${count(wanted, 'worker')} as before`;
  const more = wanted > previous ? 'more' : 'fewer';
  return `${count(wanted, 'worker')}, ${show(Math.abs(wanted - previous))} ${more} than before`;
}

function why(change: Change): string {
  const { reason, need, min, max, previous, seen } = change;
  const work = `${workThatIs(seen)} need ${show(need)}`;
  const phrases: Record<Change['reason'], string> = {
    Panic: `${work}, far more than the ${show(previous)} there were`,
    Stabilising: `${work}, but not for long enough to change`,
    AtMinimum: `there are never fewer than ${show(min)}; ${work}`,
    Schedule: `a window of the schedule wants at least ${show(min)}; ${work}`,
    AtMaximum: `there are never more than ${show(max)}; ${work}`,
    Spares: `spares are kept; ${work}`,
    WorkWaits: work,
    LessWork: work,
    Steady: work,
  };
  return phrases[reason];
}

function workThatIs({ backlog, running, arrivals }: Seen): string {
  const waiting = `${count(backlog.tasks, 'waiting task')} (${show(backlog.seconds)} s)`;
  const inHand = `${show(running.tasks)} running (${show(running.seconds)} s)`;
  return `${waiting}, ${inHand} and ${show(arrivals.perSecond)} new ones a second`;
}
