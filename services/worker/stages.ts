// The steps of one task that are worth knowing the time of, as metrics and as spans of its trace.
import type { Describe, Tracing } from '#core/tracing.ts';
import type { TaskStage, WorkerMetrics } from './metrics.ts';

export interface Stages {
  /** Measured whether it succeeds or not. */
  timed<T>(stage: TaskStage, work: () => Promise<T>): Promise<T>;
  /** A page, all its steps. The engine measures its own itself. */
  page<T>(number: number, work: (stages: Stages, describe: Describe) => Promise<T>): Promise<T>;
}

export function createStages(
  deps: { readonly metrics: Pick<WorkerMetrics, 'stage'>; readonly tracing: Tracing },
  parent: string | undefined,
): Stages {
  return {
    async timed(stage, work) {
      const started = performance.now();
      try {
        return await deps.tracing.span({ name: stage, parent }, () => work());
      } finally {
        deps.metrics.stage(stage, (performance.now() - started) / 1_000);
      }
    },
    page(number, work) {
      const span = { name: 'page', parent, attributes: { 'cricksy.page': number } };
      return deps.tracing.span(span, (traceparent, describe) =>
        work(createStages(deps, traceparent), describe),
      );
    },
  };
}
