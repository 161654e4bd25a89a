// As many slots as keep pace with what arrives, and as many more as read what is there within the
// drain target. Never more of the latter than there are tasks: a task is read by one slot, however
// long it takes.
import { count, show } from './numbers.ts';
import type { ScalingPolicy, WorkSecondsSettings } from './types.ts';

export const workSeconds: ScalingPolicy<WorkSecondsSettings> = {
  name: 'work-seconds',
  need({ backlog, running, arrivals }, { utilisation, drainTarget }, slots) {
    const pace = (arrivals.perSecond * arrivals.serviceSeconds) / utilisation;
    const waiting = Math.min(backlog.seconds / drainTarget, backlog.tasks);
    const inHand = Math.min(running.seconds / drainTarget, running.tasks);
    // Without what floating point adds: 2.0000000000000004 are 2.
    const workers = Math.ceil(Number(((pace + waiting + inHand) / slots).toFixed(6)));
    const terms = [
      `${show(arrivals.perSecond)}/s × ${show(arrivals.serviceSeconds)} s / ${show(utilisation)}`,
      within(backlog, drainTarget, 'waiting'),
      within(running, drainTarget, 'running'),
    ];
    return { workers, formula: `ceil((${terms.join(' + ')}) / ${slots}) = ${workers}` };
  },
};

function within(
  work: { readonly tasks: number; readonly seconds: number },
  drainTarget: number,
  word: string,
): string {
  return work.seconds / drainTarget > work.tasks
    ? count(work.tasks, `${word} task`)
    : `${show(work.seconds)} s ${word} / ${show(drainTarget)} s`;
}
