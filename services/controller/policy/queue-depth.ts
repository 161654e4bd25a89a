// The simple policy: so many tasks, waiting and running, for each worker, whatever is in them.
import { show } from './numbers.ts';
import type { QueueDepthSettings, ScalingPolicy } from './types.ts';

export const queueDepth: ScalingPolicy<QueueDepthSettings> = {
  name: 'queue-depth',
  need({ backlog, running }, { depthPerWorker }) {
    const workers = Math.ceil((backlog.tasks + running.tasks) / depthPerWorker);
    const formula = `ceil((${show(backlog.tasks)} + ${show(running.tasks)} tasks) / ${show(depthPerWorker)}) = ${workers}`;
    return { workers, formula };
  },
};
