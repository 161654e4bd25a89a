// One listener's stream: the past from the ledger, then live, without a gap or a repeat. Knows
// nothing of sockets.
import { decodePosition, encodePosition } from '#core/domain/cursor.ts';
import { AppError } from '#core/errors.ts';
import type { Queryable } from '#core/ledger/database.ts';
import { readEventLog, readEvents } from '#core/ledger/events/read-events.ts';
import type { HelloMessage } from '#core/messages.ts';
import type { Hub, LiveText } from './hub.ts';

export interface Sink {
  send(text: string): void;
  /** Resolves when the sink takes more; false when it is gone. */
  drained(): Promise<boolean>;
}

export interface Wish {
  /** Absent: events of all uploads. */
  readonly uploadId: string | undefined;
  /** Absent: from now on. */
  readonly cursor: string | undefined;
}

const batch = 500;
/** Live messages kept for a listener that still reads the past; one that needs more starts over. */
const mostKept = 10_000;

/** Sends hello, then what was missed, then what happens, until `leave` is called. Throws when the cursor is no good. */
export async function subscribe(
  deps: { readonly db: Queryable; readonly hub: Hub },
  wish: Wish,
  sink: Sink,
): Promise<() => void> {
  let kept: LiveText[] | undefined = [];
  let overrun = false;
  let sentUpTo = 0;
  const { position: joinedAt, leave } = deps.hub.join((message) => {
    if (wish.uploadId !== undefined && message.uploadId !== wish.uploadId) return;
    if (!kept) sendNew(message);
    else if (kept.length < mostKept) kept.push(message);
    else overrun = true;
  });
  const sendNew = ({ position, text }: LiveText) => {
    if (position === undefined || position > sentUpTo) sink.send(text);
  };
  try {
    if (wish.uploadId !== undefined) await checkExists(deps.db, wish.uploadId);
    const from = wish.cursor === undefined ? joinedAt : await checkedPosition(deps.db, wish.cursor);
    const hello: HelloMessage = { type: 'hello', cursor: encodePosition(from) };
    sink.send(JSON.stringify(hello));
    if (from < joinedAt) await sendPast(deps.db, wish.uploadId, { from, until: joinedAt }, sink);
    // Another gateway may have told this listener more than this one has seen yet.
    sentUpTo = Math.max(from, joinedAt);
    // What comes meanwhile goes to the end of the line.
    for (let next = kept.shift(); next; next = kept.shift()) {
      sendNew(next);
      if (!(await sink.drained())) return leave;
    }
    if (overrun) throw new AppError('events.too_slow');
    kept = undefined;
    return leave;
  } catch (error) {
    leave();
    throw error;
  }
}

/** A deleted upload still has its events. */
async function checkExists(db: Queryable, uploadId: string): Promise<void> {
  const [known] = await db.query(
    'select from events where upload_id = $1 union all select from uploads where id = $1 limit 1',
    [uploadId],
  );
  if (!known) throw new AppError('upload.not_found');
}

async function checkedPosition(db: Queryable, cursor: string): Promise<number> {
  const position = decodePosition(cursor);
  const log = await readEventLog(db);
  if (position < log.first - 1) throw new AppError('events.cursor_expired');
  if (position > log.last) throw new AppError('events.cursor_invalid');
  return position;
}

async function sendPast(
  db: Queryable,
  uploadId: string | undefined,
  { from, until }: { from: number; until: number },
  sink: Sink,
): Promise<void> {
  let cursor = encodePosition(from);
  for (;;) {
    const past = await readEvents(db, { uploadId, cursor, until, limit: batch });
    for (const event of past.events) {
      sink.send(JSON.stringify(event));
      if (!(await sink.drained())) return;
    }
    if (past.position >= until) return;
    cursor = past.cursor;
  }
}
