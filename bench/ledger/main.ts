// The API and the processes on a ledger of a million uploads: `make bench-ledger`.
import { openDatabase } from '#core/ledger/database.ts';
import { publish } from '../report.ts';
import { format } from '../targets.ts';
import { measureDispatch } from './dispatch.ts';
import { measureFanOut } from './fan-out.ts';
import { cpuOf, measureIdle } from './idle.ts';
import { type Parts, startParts } from './parts.ts';
import { type Latency, measureRequests } from './requests.ts';
import { measureObservation } from './scaling.ts';

const uploads = Number(process.env['CRICKSY_BENCH_LEDGER_UPLOADS'] ?? 1_000_000);
const size = { uploads, waiting: uploads / 10 };
const requests = 4_000;
const atOnce = 4;
const idleSeconds = 60;

/** Frequent and rare values, alone and together. */
const filters = [
  '',
  'status=parsed',
  'status=failed',
  'status=initiated',
  'game_id=game-77',
  'game_id=game-77&status=failed',
  'user_id=user-0',
  'user_id=user-150&status=cancelled',
  'error_code=task.poison',
  'error_code=file.corrupt&user_id=user-299',
  `status=failed&created_before=${new Date(Date.now() - 200 * 86_400_000).toISOString()}`,
];

const parts = await startParts(size, process.env['CRICKSY_BENCH_LEDGER_DIR']);
try {
  await run(parts);
} finally {
  await parts.stop();
}

async function run(on: Parts): Promise<void> {
  const idle = await measureIdle(on.pids, idleSeconds);
  const { gateway, postgres } = on.pids;
  const how = { atOnce, cpu: () => cpuOf(gateway) + cpuOf(postgres) };
  const ids = await someIds(on.databaseUrl);
  const status = ids.map((id) => `${on.api}/api/uploads/${id}/status`);
  await measureRequests('warm up', status.slice(0, 500), how);
  const statuses = await measureRequests('status', status, how);
  const details = await measureRequests(
    'get',
    ids.map((id) => `${on.api}/api/uploads/${id}`),
    how,
  );
  const lists: Latency[] = [];
  for (const query of filters) {
    const url = `${on.api}/api/uploads?limit=50&${query}`;
    lists.push(
      await measureRequests(
        `list ${query.replace(/=\d{4}-.*/, '=...') || 'all'}`,
        Array(200).fill(url),
        how,
      ),
    );
  }
  const db = openDatabase({ url: on.databaseUrl, name: 'bench' });
  const dispatch = await measureDispatch(db, { rounds: 300, cpu: how.cpu });
  const observation = await measureObservation(db, { rounds: 100, cpu: how.cpu });
  await db.close();
  const fanOut = await measureFanOut(on, { listeners: 1_000, events: 1_000 });

  const slowest = lists.reduce((worst, one) => (one.p99 > worst.p99 ? one : worst));
  publish({
    name: 'ledger',
    command: `make bench-ledger CRICKSY_BENCH_LEDGER_UPLOADS=${uploads}`,
    notes: [
      `${uploads} uploads, ${size.waiting} of them waiting; ${atOnce} clients on the same cores as everything else`,
      'dispatch is the transaction in the ledger, without the broker',
    ],
    tables: [
      {
        title: 'Over HTTP (ms)',
        columns: ['', 'p50', 'p99', 'max', 'per second', 'CPU ms each'],
        rows: [statuses, details, ...lists, dispatch, observation].map((one) => [
          one.name,
          format(one.p50),
          format(one.p99),
          format(one.max),
          format(one.perSecond),
          format(one.cpuMs),
        ]),
      },
      {
        title: `Idle for ${idleSeconds} s`,
        columns: ['', 'processes', 'CPU ms per second', 'MiB (PSS)'],
        rows: idle.map((one) => [
          one.name,
          String(one.processes),
          format(one.cpuMsPerSecond),
          format(one.mib),
        ]),
      },
      {
        title: 'Live events of one gateway',
        columns: ['listeners', 'events', 'events per second', 'gateway CPU for one delivery'],
        rows: [
          [
            String(fanOut.listeners),
            String(fanOut.events),
            format(fanOut.eventsPerSecond),
            `${format(fanOut.cpuMicroseconds)} us`,
          ],
        ],
      },
    ],
    targets: [
      { name: 'status, p99', value: statuses.p99, unit: 'ms', want: { atMost: 10 } },
      {
        name: `slowest list (${slowest.name}), p99`,
        value: slowest.p99,
        unit: 'ms',
        want: { atMost: 50 },
      },
    ],
    raw: { statuses, details, lists, dispatch, observation, idle, fanOut },
  });
}

async function someIds(url: string): Promise<string[]> {
  const db = openDatabase({ url, name: 'bench' });
  const rows = await db.query<{ id: string }>(
    `select id from uploads tablesample bernoulli ($1) limit $2`,
    [Math.min(100, (200 * requests) / uploads), requests],
  );
  await db.close();
  return rows.map((row) => row.id);
}
