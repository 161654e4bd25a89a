// As many slots as keep pace with what arrives, and as many more as read what is there within the
// drain target. Never more of the latter than there are tasks: a task is read by one slot, however
// long it takes.
import { count, show } from './numbers.ts';
import type { ScalingPolicy, WorkSecondsSettings } from './types.ts';

export const workSeconds: ScalingPolicy<WorkSecondsSettings> = {
  name: 'work-seconds',
  need({ backlog, running, arrivals }, { utilisation, drainTarget }, slots) {
    const pace = (arrivals.perSecond * arrivals.serviceSeconds) / utilisation;
    const seconds = backlog.seconds + running.seconds;
    const tasks = backlog.tasks + running.tasks;
    const drain = Math.min(seconds / drainTarget, tasks);
    const workers = Math.ceil(Number(((pace + drain) / slots).toFixed(6)));
    const drainShown =
      seconds / drainTarget > tasks
        ? count(tasks, 'task')
        : `${show(seconds)} s / ${show(drainTarget)} s`;
    const paceShown = `${show(arrivals.perSecond)}/s × ${show(arrivals.serviceSeconds)} s / ${show(utilisation)}`;
    return { workers, formula: `ceil((${paceShown} + ${drainShown}) / ${slots}) = ${workers}` };
  },
};
