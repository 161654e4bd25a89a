// Keys that clients give their requests, so that one repeated after a broken connection finds
// the upload of the first instead of making another.
import { AppError } from '../../errors.ts';
import type { Queryable } from '../database.ts';

export interface IdempotencyKey {
  readonly key: string;
  /** Digest of what was asked: the same key with another one is refused. */
  readonly fingerprint: string;
}

/**
 * Takes the key for `uploadId`, or gives the upload that has it. A concurrent holder is waited
 * for: the row is unique, so the second insert stands until the first commits or rolls back.
 * Throws `idempotency.key_reused`.
 */
export async function takeKey(
  tx: Queryable,
  {
    principal,
    uploadId,
    key,
    fingerprint,
  }: IdempotencyKey & { principal: string; uploadId: string },
): Promise<string> {
  const [taken] = await tx.query(
    `insert into idempotency_keys (principal, key, fingerprint, upload_id) values ($1, $2, $3, $4)
     on conflict do nothing returning key`,
    [principal, key, fingerprint, uploadId],
  );
  if (taken) return uploadId;
  const [holder] = await tx.query<{ upload_id: string; fingerprint: string }>(
    'select upload_id, fingerprint from idempotency_keys where principal = $1 and key = $2',
    [principal, key],
  );
  // Pruned between the two statements: as good as new, and not worth a loop.
  if (!holder) throw new AppError('ledger.unavailable', 'the key has just expired');
  if (holder.fingerprint !== fingerprint) throw new AppError('idempotency.key_reused');
  return holder.upload_id;
}

/** Forgets keys older than `days`. */
export async function pruneKeys(db: Queryable, { days }: { days: number }): Promise<void> {
  await db.query(`delete from idempotency_keys where created_at < now() - $1 * interval '1 day'`, [
    days,
  ]);
}
