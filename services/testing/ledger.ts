// A ledger with things in it: uploads and workers in the states that a test begins with.
import { randomUUID } from 'node:crypto';
import { leaseMs } from '#core/domain/lease.ts';
import { type Database, openDatabase } from '#core/ledger/database.ts';
import { type ClaimResult, claimTask } from '#core/ledger/tasks/claim.ts';
import { dispatchTasks } from '#core/ledger/tasks/dispatch.ts';
import type { PageOutcome } from '#core/ledger/tasks/record-pages.ts';
import type { Claim } from '#core/ledger/tasks/task.ts';
import { completeUpload } from '#core/ledger/uploads/complete.ts';
import { initiateUpload, type NewUpload } from '#core/ledger/uploads/initiate.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import { registerWorker } from '#core/ledger/workers/register.ts';
import { createTestDatabase } from './database.ts';

export const pool = 'default';
export { leaseMs };

/** A migrated database of its own, and what closes and drops it. */
export async function openTestLedger(): Promise<{
  db: Database;
  url: string;
  close(): Promise<void>;
}> {
  const { url, drop } = await createTestDatabase();
  const db = openDatabase({ url, name: 'test' });
  return {
    db,
    url,
    async close() {
      await db.close();
      await drop();
    },
  };
}

export function newUpload(changes: Partial<NewUpload> = {}): NewUpload {
  const id = changes.id ?? randomUUID();
  return {
    id,
    principal: '127.0.0.1',
    requestId: 'test',
    traceparent: undefined,
    pool,
    filename: 'card.jpg',
    contentType: 'image/jpeg',
    gameId: undefined,
    userId: undefined,
    declaredSize: undefined,
    declaredSha256: undefined,
    objectKey: `uploads/${id}/card.jpg`,
    language: 'eng',
    model: 'fast',
    layout: 'auto',
    priority: 'interactive',
    ...changes,
  };
}

export async function initiated(
  db: Database,
  changes: Partial<NewUpload> = {},
): Promise<UploadRow> {
  return (await initiateUpload(db, newUpload(changes))).upload;
}

export const pinned = { etag: 'etag', size: 10, sha256: undefined };

export async function uploaded(db: Database, changes: Partial<NewUpload> = {}): Promise<UploadRow> {
  const { id } = await initiated(db, changes);
  return (await completeUpload(db, id, pinned)).upload;
}

export async function activeWorker(db: Database, slots = 2): Promise<string> {
  const id = randomUUID();
  await registerWorker(db, { id, name: `worker-${id}`, pool, slots, engine: 'test', version: '0' });
  return id;
}

/** Claims a dispatched task as `workerId` would on its message. */
export async function claimAs(
  db: Database,
  workerId: string,
  task: { id: string; dispatch: number },
  silentHolder?: { workerId: string; attempt: number },
): Promise<ClaimResult> {
  return claimTask(db, {
    taskId: task.id,
    dispatch: task.dispatch,
    workerId,
    workerName: `worker-${workerId}`,
    leaseMs,
    silentHolder,
  });
}

export type Claimed = Extract<ClaimResult, { kind: 'claimed' }>;

/** Dispatches what is due and claims all of it. */
export async function claimAll(
  db: Database,
  workerId: string,
): Promise<{ claim: Claim; claimed: Claimed }[]> {
  const claims = [];
  for (const task of await dispatchTasks(db, pool, { size: 'all' })) {
    const claimed = await claimAs(db, workerId, task);
    if (claimed.kind !== 'claimed') throw new Error(`a fresh dispatch was ${claimed.kind}`);
    claims.push({ claim: { taskId: task.id, attempt: claimed.attempt, workerId }, claimed });
  }
  return claims;
}

/** An upload whose opening task is held by a worker. */
export async function processing(
  db: Database,
  workerId: string,
): Promise<{ upload: UploadRow; claim: Claim }> {
  await uploaded(db);
  const [first] = await claimAll(db, workerId);
  if (!first) throw new Error('nothing was dispatched');
  return { upload: first.claimed.upload, claim: first.claim };
}

export function pageRead(number: number): PageOutcome {
  return {
    status: 'done',
    resultKey: `results/${number}.json`,
    preview: undefined,
    summary: {
      number,
      width: 100,
      height: 200,
      angle: 0,
      skew: 0,
      source: 'ocr',
      word_count: 3,
      mean_confidence: 90,
      language: 'eng',
      model: 'fast',
      engine: 'test',
      engine_version: '0',
      stages: { recognise: { ms: 100, cpu_ms: 90 } },
    },
  };
}

export function pageFailed(number: number): PageOutcome {
  return { status: 'failed', number, error: { code: 'page.corrupt', message: 'damaged' } };
}

/** Types of an upload's events in the order in which they were written. */
export async function eventTypes(db: Database, uploadId: string): Promise<string[]> {
  const rows = await db.query<{ type: string }>(
    'select type from events where upload_id = $1 order by id',
    [uploadId],
  );
  return rows.map((row) => row.type);
}

/** How the attempts of an upload ended, in their order. */
export async function outcomes(db: Database, uploadId: string): Promise<(string | null)[]> {
  const rows = await db.query<{ outcome: string | null }>(
    `select outcome from attempts join tasks on tasks.id = attempts.task_id
      where upload_id = $1 order by attempts.started_at, attempts.attempt`,
    [uploadId],
  );
  return rows.map((row) => row.outcome);
}
