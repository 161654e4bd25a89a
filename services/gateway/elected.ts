// What the ledger and the store know, as gauges of one gateway: asked by all, the same numbers would
// cost as many times as there are replicas. The one that sequences events is elected already.
import type { Broker } from '#core/broker/broker.ts';
import { check } from '#core/health.ts';
import type { Database } from '#core/ledger/database.ts';
import { sumOrphans } from '#core/ledger/orphans/orphans.ts';
import { readWatch } from '#core/ledger/orphans/watch.ts';
import { readHoldings } from '#core/ledger/statistics/holdings.ts';
import { readWork, type Work } from '#core/ledger/statistics/work.ts';
import { gaugeOf, type Metrics, type Sample } from '#core/metrics.ts';
import type { Store } from '#core/objects/objects.ts';

export interface ElectedDependencies {
  readonly db: Database;
  readonly broker: Pick<Broker, 'counts'>;
  readonly store: Pick<Store, 'list'>;
  /** Shown also when nothing waits in them. */
  readonly pools: readonly string[];
  readonly elected: () => boolean;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** Several who scrape, and the gauges of one scrape, share one look. */
const lookMs = 5_000;
const holdingsMs = 60_000;
const backupMs = 600_000;
const brokerMs = 1_000;
const backups = 'backups/';

export function electedMetrics(metrics: Metrics, deps: ElectedDependencies): void {
  const { db, now } = deps;
  const work = remembered(lookMs, now, () => readWork(db));
  const shared = {
    work,
    ready: remembered(lookMs, now, async () => readReady(deps, poolsOf(await work(), deps))),
    orphans: remembered(lookMs, now, () => sumOrphans(db)),
    watch: remembered(lookMs, now, () => readWatch(db)),
    holdings: remembered(holdingsMs, now, () => readHoldings(db)),
    backup: remembered(backupMs, now, () => newestBackup(deps.store)),
  };
  const gauge = (
    name: string,
    help: string,
    labels: readonly string[],
    read: () => Promise<Sample[]>,
  ) => {
    gaugeOf(metrics, { name, help, labels }, async () => (deps.elected() ? read() : []));
  };

  gauge('cricksy_ocr_depth_tasks', 'Work that is not finished.', ['pool', 'part'], async () => {
    const work = await shared.work();
    const ready = await shared.ready();
    return poolsOf(work, deps).flatMap((pool) => depthOf(work, pool, ready.get(pool)));
  });
  gauge(
    'cricksy_ocr_oldest_task_age_seconds',
    'Age of the oldest unfinished task.',
    ['pool', 'status'],
    async () => {
      const work = await shared.work();
      return poolsOf(work, deps).flatMap((pool) =>
        unfinished.map((status) => ({
          labels: { pool, status },
          value: Math.max(0, tasksOf(work, pool, status)?.oldest ?? 0),
        })),
      );
    },
  );
  gauge('cricksy_ocr_pool_workers', 'Live workers.', ['pool', 'state'], async () => {
    const work = await shared.work();
    return poolsOf(work, deps).flatMap((pool) =>
      (['active', 'draining'] as const).map((state) => ({
        labels: { pool, state },
        value: workersOf(work, pool, state).count,
      })),
    );
  });
  gauge('cricksy_ocr_pool_slots', 'Slots of live workers.', ['pool', 'state'], async () => {
    const work = await shared.work();
    return poolsOf(work, deps).flatMap((pool) => slotsOf(work, pool));
  });
  gauge('cricksy_ocr_open_uploads', 'Uploads that have not ended.', ['status'], async () => {
    const [{ uploads }, { parsed }] = await Promise.all([shared.work(), shared.holdings()]);
    const counts = new Map<string, number>(uploads.map(({ status, count }) => [status, count]));
    counts.set('parsed', parsed);
    return ['initiated', 'uploaded', 'processing', 'parsed'].map((status) => ({
      labels: { status },
      value: counts.get(status) ?? 0,
    }));
  });
  gauge('cricksy_ocr_stored_originals', 'Originals of uploads in the store.', [], async () => [
    { value: (await shared.holdings()).originals },
  ]);
  gauge('cricksy_ocr_stored_original_bytes', 'Bytes of the originals.', [], async () => [
    { value: (await shared.holdings()).bytes },
  ]);
  gauge(
    'cricksy_ocr_orphaned_uploads',
    'Originals in the store that no upload knows, as the last scan found them.',
    [],
    async () => [{ value: (await shared.orphans()).count }],
  );
  gauge(
    'cricksy_ocr_orphaned_bytes',
    'Bytes of originals in the store that no upload knows.',
    [],
    async () => [{ value: (await shared.orphans()).bytes }],
  );
  gauge(
    'cricksy_ocr_deletion_paused',
    'Whether nothing that no row knows is deleted, after a restore.',
    [],
    async () => [{ value: Number((await shared.watch()).paused) }],
  );
  gauge(
    'cricksy_ocr_last_backup_timestamp_seconds',
    'When the newest backup in the store was written.',
    [],
    async () => {
      const newest = await shared.backup();
      return newest ? [{ value: newest.getTime() / 1_000 }] : [];
    },
  );
  gauge(
    'cricksy_ocr_schema_info',
    'Always 1; the label is the newest migration.',
    ['migration'],
    async () => [{ labels: { migration: (await shared.holdings()).migration }, value: 1 }],
  );
}

const unfinished = ['waiting', 'dispatched', 'running'] as const;

function poolsOf(work: Work, { pools }: ElectedDependencies): string[] {
  const seen = [...work.tasks, ...work.workers].map(({ pool }) => pool);
  return [...new Set([...pools, ...seen])];
}

function tasksOf(work: Work, pool: string, status: (typeof unfinished)[number]) {
  return work.tasks.find((one) => one.pool === pool && one.status === status);
}

/** `ready` undefined: the broker cannot be asked, and what it has is told with what is delivered. */
function depthOf(work: Work, pool: string, ready: number | undefined): Sample[] {
  const [backlog = 0, dispatched = 0, running = 0] = unfinished.map(
    (status) => tasksOf(work, pool, status)?.count ?? 0,
  );
  const told = dispatched + running;
  // Asked a moment later, and messages of tasks that are done may still lie there.
  const lying = ready === undefined ? undefined : Math.min(ready, told);
  return [
    { labels: { pool, part: 'backlog' }, value: backlog },
    ...(lying === undefined ? [] : [{ labels: { pool, part: 'ready' }, value: lying }]),
    { labels: { pool, part: 'unacknowledged' }, value: told - (lying ?? 0) },
  ];
}

function workersOf(work: Work, pool: string, state: 'active' | 'draining') {
  const found = work.workers.find((one) => one.pool === pool && one.state === state);
  return found ?? { count: 0, slots: 0, busy: 0 };
}

function slotsOf(work: Work, pool: string): Sample[] {
  const active = workersOf(work, pool, 'active');
  const draining = workersOf(work, pool, 'draining');
  return [
    { labels: { pool, state: 'busy' }, value: active.busy + draining.busy },
    { labels: { pool, state: 'free' }, value: active.slots - active.busy },
    { labels: { pool, state: 'draining' }, value: draining.slots - draining.busy },
  ];
}

async function readReady(
  { broker }: ElectedDependencies,
  pools: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const ready = new Map<string, number>();
  await Promise.all(
    pools.map((pool) =>
      check(async () => void ready.set(pool, (await broker.counts(pool)).ready), {
        timeoutMs: brokerMs,
      }),
    ),
  );
  return ready;
}

async function newestBackup(store: Pick<Store, 'list'>): Promise<Date | undefined> {
  let newest: Date | undefined;
  for await (const { modifiedAt } of store.list(backups)) newest = modifiedAt;
  return newest;
}

/** What `read` found in the last `ms`; its failure is not remembered. */
function remembered<T>(ms: number, now: () => number, read: () => Promise<T>): () => Promise<T> {
  let until = Number.NEGATIVE_INFINITY;
  let last: Promise<T> | undefined;
  return () => {
    if (last && now() < until) return last;
    until = now() + ms;
    last = read();
    last.catch(() => (last = undefined));
    return last;
  };
}
