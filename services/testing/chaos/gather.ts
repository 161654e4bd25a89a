// Reads the evidence where it lies: the ledger's tables, the object store's keys, the texts as
// they are served.
import type { Database } from '#core/ledger/database.ts';
import type {
  AttemptFact,
  ClientRecord,
  EventFact,
  Evidence,
  Excuse,
  ListenerRecord,
  UploadFact,
} from './evidence.ts';

export async function gather(from: {
  readonly db: Database;
  readonly api: string;
  readonly objectKeys: () => Promise<readonly string[]>;
  readonly clients: readonly ClientRecord[];
  readonly listeners: readonly ListenerRecord[];
  readonly excuses: readonly Excuse[];
  readonly expected: ReadonlyMap<string, string>;
}): Promise<Evidence> {
  const { db, api, objectKeys, ...records } = from;
  const uploads = await readUploads(db, api);
  const attempts = await db.query<AttemptFact>(
    `select tasks.upload_id as "uploadId", task_id as "taskId", attempts.attempt, worker_name as worker, outcome,
            extract(epoch from attempts.started_at)::float8 * 1000 as "startedAt",
            extract(epoch from attempts.ended_at)::float8 * 1000 as "endedAt"
       from attempts join tasks on tasks.id = task_id
      order by attempts.started_at`,
  );
  const events = await db.query<EventFact>(
    `select position, upload_id as "uploadId", type, (data->>'page')::int as page from events order by position`,
  );
  const [open] = await db.query<{ count: number }>(
    `select count(*) from tasks where status in ('waiting', 'dispatched', 'running')`,
  );
  const referred = await db.query<{ key: string }>(
    `select object_key as key from uploads where object_etag is not null
     union all select result_key from pages where result_key is not null
     union all select preview_key from pages where preview_key is not null`,
  );
  return {
    ...records,
    uploads,
    attempts,
    events,
    openTasks: open?.count ?? 0,
    objectKeys: await objectKeys(),
    referredKeys: referred.map((row) => row.key),
  };
}

type UploadRow = Omit<UploadFact, 'text'>;

async function readUploads(db: Database, api: string): Promise<UploadFact[]> {
  const rows = await db.query<UploadRow>(
    `select id, filename as key, status, error_code as "errorCode", page_count as "pageCount",
            pages_done as "pagesDone", pages_failed as "pagesFailed",
            validated_data->>'key' as review
       from uploads order by created_at`,
  );
  const facts: UploadFact[] = [];
  for (const row of rows) facts.push({ ...row, text: await textOf(row, api) });
  return facts;
}

async function textOf({ id, status }: UploadRow, api: string): Promise<string | undefined> {
  if (status !== 'parsed' && status !== 'applied') return undefined;
  const response = await fetch(`${api}/api/uploads/${id}/result?format=text`);
  return response.ok ? response.text() : `(${response.status})`;
}
