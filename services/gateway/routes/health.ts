import type { Broker } from '#core/broker/broker.ts';
import { check } from '#core/health.ts';
import type { Database } from '#core/ledger/database.ts';
import { readDepth } from '#core/ledger/tasks/depth.ts';
import { listWorkers } from '#core/ledger/workers/list.ts';
import type { Objects } from '#core/objects/objects.ts';
import { healthAnswer } from '#core/operation-messages.ts';
import { defineRoute } from '../route.ts';
import type { Switches } from '../switches.ts';

export function healthRoute(deps: {
  readonly db: Database;
  readonly broker: Pick<Broker, 'ping'>;
  readonly objects: Pick<Objects, 'ping'>;
  readonly switches: Pick<Switches, 'whyOff' | 'list'>;
  readonly version: string;
}) {
  return defineRoute({
    method: 'get',
    path: '/api/health',
    tag: 'operation',
    summary: 'Whether the parts work, how much waits, what is switched on and by whom',
    responses: { 200: healthAnswer, 503: healthAnswer },
    async handle() {
      const [database, broker, objects, depth, workers] = await Promise.all([
        check(() => deps.db.query('select 1')),
        check(() => deps.broker.ping()),
        check(() => deps.objects.ping()),
        orNull(() => readDepth(deps.db)),
        orNull(() => listWorkers(deps.db)),
      ]);
      const ok = database.ok && broker.ok && objects.ok;
      return {
        status: ok ? 200 : 503,
        body: {
          status: ok ? ('ok' as const) : ('degraded' as const),
          version: deps.version,
          database,
          broker,
          objects,
          depth,
          workers: workers && {
            active: workers.filter((worker) => worker.state === 'active').length,
            slots: workers.reduce((sum, worker) => sum + worker.slots, 0),
            busy: workers.reduce((sum, worker) => sum + worker.busy, 0),
            engines: [...new Set(workers.flatMap((worker) => worker.engine ?? []))],
          },
          features: {
            uploads: deps.switches.whyOff('uploads') === undefined,
            ocr: deps.switches.whyOff('ocr') === undefined,
          },
          switches: deps.switches.list(),
        },
      };
    },
  });
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch {
    return null; // the check of the database says why
  }
}
