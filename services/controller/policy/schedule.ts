// Windows of time in which the minimum is higher: a window is open when it ends before it begins
// the next time. Croner reads the five fields, with time zones and their changes of the clock.
import { Cron } from 'croner';
import type { ScheduleWindow } from './types.ts';

export interface Scheduled {
  /** 0: no window is open. */
  readonly min: number;
  /** Windows that are passed over because they cannot be read, each with the reason. */
  readonly faults: readonly string[];
}

/** What the schedule asks for at that moment; of several open windows the highest counts. */
export function scheduled(schedule: readonly ScheduleWindow[], atMs: number): Scheduled {
  const faults: string[] = [];
  let min = 0;
  for (const window of schedule) {
    try {
      if (isOpen(window, atMs)) min = Math.max(min, window.min);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      faults.push(`window "${window.start}" to "${window.end}": ${reason}`);
    }
  }
  return { min, faults };
}

function isOpen({ start, end, timezone }: ScheduleWindow, atMs: number): boolean {
  const begins = nextMs(start, timezone, atMs);
  const ends = nextMs(end, timezone, atMs);
  return ends < begins;
}

function nextMs(fields: string, timezone: string | undefined, atMs: number): number {
  const cron = new Cron(fields, { mode: '5-part', timezone: timezone ?? 'UTC', paused: true });
  const next = cron.nextRun(new Date(atMs));
  if (!next) throw new Error(`"${fields}" never comes`);
  return next.getTime();
}
