// Leaves the ledger's mark in the object store, and notices there when the ledger was restored.
import { z } from 'zod';
import { toAppError } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import {
  confirmMark,
  findRestore,
  type Mark,
  nextMark,
  pauseDeletion,
  readWatch,
} from '#core/ledger/orphans/watch.ts';
import type { Log } from '#core/log.ts';
import type { Objects } from '#core/objects/objects.ts';

export interface MarkDependencies {
  readonly db: Database;
  readonly objects: Pick<Objects, 'get' | 'put'>;
  /** Seconds for which a restored ledger deletes nothing that it does not know. */
  readonly graceSeconds: number;
  readonly log: Log;
}

const everySeconds = 600;
const key = 'ledger/mark.json';
const markForm = z.object({ ledger_id: z.uuid(), number: z.int() });

/** True when what no row knows may be deleted. Looks at the store when the last look is ten minutes old. */
export async function mayDelete(deps: MarkDependencies): Promise<boolean> {
  const next = await nextMark(deps.db, { everySeconds });
  if (next) await leave(next, deps);
  const { paused, left } = await readWatch(deps.db);
  return left && !paused;
}

async function leave(next: Mark, deps: MarkDependencies): Promise<void> {
  const { db, objects, graceSeconds: seconds, log } = deps;
  const found = await readMark(objects);
  const reason = findRestore(next, found);
  let mark = next;
  if (reason !== undefined && found) {
    log.error(
      { reason, seconds },
      'the ledger is not the one that the store knew, deletion pauses',
    );
    mark = await pauseDeletion(db, { reason, above: found.number, seconds });
  }
  await writeMark(mark, objects);
  await confirmMark(db, mark);
}

async function readMark(objects: Pick<Objects, 'get'>): Promise<Mark | undefined> {
  try {
    return markForm.parse(JSON.parse(String(await objects.get(key))));
  } catch (error) {
    if (toAppError(error).code === 'objects.not_found') return undefined;
    throw error;
  }
}

/** The one object that is written again and again: nobody reads it but the next mark. */
async function writeMark(next: Mark, objects: Pick<Objects, 'put'>): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(next));
  await objects.put(key, bytes, { contentType: 'application/json' });
}
