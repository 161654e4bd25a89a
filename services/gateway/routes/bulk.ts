// One action for many uploads, a bounded batch a call. Nothing is remembered between calls, so any
// replica goes on, and a call repeated finds less to do. Workers that read one of them learn of it
// from their next heartbeat.
import type { z } from 'zod';
import { decodePlace, encodePlace } from '#core/domain/cursor.ts';
import type { BulkAction } from '#core/domain/states.ts';
import { type ErrorCode, toAppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { countForBulk, pickForBulk } from '#core/ledger/uploads/bulk.ts';
import { cancelUpload } from '#core/ledger/uploads/cancel.ts';
import { deleteUpload } from '#core/ledger/uploads/delete.ts';
import type { UploadFilter } from '#core/ledger/uploads/filter.ts';
import { retryUpload } from '#core/ledger/uploads/retry.ts';
import type { Log } from '#core/log.ts';
import { bulkAnswer, bulkRequest } from '#core/messages.ts';
import type { Objects } from '#core/objects/objects.ts';
import { filterOf } from '../filter.ts';
import { retryWith } from '../retry-with.ts';
import { defineRoute } from '../route.ts';
import { removeObjects } from '../upkeep/sweep-objects.ts';

interface BulkDependencies {
  readonly db: Database;
  readonly objects: Pick<Objects, 'deleteAll'>;
  readonly wake: { dispatch(): void; events(): void };
  readonly objectsDueIn: number;
  readonly pools: readonly string[];
  readonly log: Log;
}

export function bulkRoute(deps: BulkDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/uploads/bulk',
    tag: 'operation',
    summary: 'Cancel, retry or delete every upload that a filter means',
    description:
      'A dry run (the default) counts what is concerned. Otherwise a batch of `limit` uploads is done, from new to old; call again with `next_cursor` until it is null. An empty filter means every upload.',
    request: { body: bulkRequest },
    responses: { 200: bulkAnswer },
    errors: ['list.cursor_invalid'],
    async handle({ body }) {
      const { action, dry_run, limit } = body;
      const filter = filterOf(body.filter);
      const after = body.cursor === undefined ? undefined : decodePlace(body.cursor);
      if (dry_run) {
        const matched = await countForBulk(deps.db, action, filter);
        return {
          status: 200,
          body: { action, dry_run, matched, done: 0, skipped: [], next_cursor: null },
        };
      }
      const { ids, next } = await pickForBulk(deps.db, action, { ...filter, after, limit });
      const { done, skipped } = await doAll(ids, bulkOne(body, filter, deps), action, deps);
      deps.log.info({ action, done: done.length, skipped: skipped.length }, 'bulk action');
      return {
        status: 200,
        body: {
          action,
          dry_run,
          matched: null,
          done: done.length,
          skipped,
          next_cursor: next ? encodePlace(next) : null,
        },
      };
    },
  });
}

async function doAll(
  ids: readonly string[],
  doOne: (id: string) => Promise<unknown>,
  action: BulkAction,
  deps: BulkDependencies,
) {
  const done: string[] = [];
  const skipped: { upload_id: string; code: ErrorCode }[] = [];
  for (const id of ids) {
    try {
      await doOne(id);
      done.push(id);
    } catch (error) {
      const { status, code } = toAppError(error);
      // Ours: the batch ends here; called again it begins with what is left.
      if (status >= 500) throw error;
      skipped.push({ upload_id: id, code });
    }
  }
  if (done.length > 0) {
    deps.wake.events();
    deps.wake.dispatch();
  }
  if (action === 'delete') await removeObjects(done, deps);
  return { done, skipped };
}

/** The transition of one upload, if it is still what the filter means. */
function bulkOne(
  { action, retry = {} }: z.output<typeof bulkRequest>,
  meant: UploadFilter,
  deps: BulkDependencies,
): (id: string) => Promise<unknown> {
  const { db } = deps;
  switch (action) {
    case 'cancel':
      return (id) => cancelUpload(db, id, 'requested', meant);
    case 'delete':
      return (id) => deleteUpload(db, id, { ...deps, meant });
    case 'retry': {
      const given = retryWith(retry, deps.pools);
      return (id) => retryUpload(db, id, given, meant);
    }
  }
}
