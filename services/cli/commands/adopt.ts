// adopt: makes uploads again of the originals that a restored database does not know. First the
// server looks through its store; without --confirm that is all.
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { adoptAnswer, orphansAnswer, scanAnswer } from '#core/messages.ts';
import type { Api } from '../api.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';

type Orphans = z.infer<typeof orphansAnswer>;

const pollMs = 250;
/** A scan that has not begun by then is not needed: another one has just been made. */
const beginMs = 2_000;

export async function adopt(session: Session): Promise<ExitCode> {
  const { given, connect, signal, print, display } = session;
  const api = connect(signal);
  const { count, bytes, orphans } = await scan(api, signal);
  if (!given.confirm) {
    print(
      given.json
        ? `${JSON.stringify({ count, bytes })}\n`
        : `${count} originals without an upload, ${bytes} bytes\n`,
    );
    for (const { upload_id, newest_at } of given.json ? [] : orphans) {
      print(`  ${upload_id}  ${newest_at}\n`);
    }
    if (count > 0) display.note('adopt --confirm makes uploads of them, to be read again');
    return exitCodes.done;
  }
  let done = 0;
  let skipped = 0;
  let cursor: string | null = null;
  do {
    const batch: z.infer<typeof adoptAnswer> = await api.post('/api/orphans/adopt', 'done', {
      dry_run: false,
      ...(cursor !== null && { cursor }),
    });
    done += batch.done;
    skipped += batch.skipped.length;
    for (const { upload_id, code } of batch.skipped) display.note(`${upload_id}: ${code}`);
    cursor = batch.next_cursor;
  } while (cursor !== null);
  print(
    given.json
      ? `${JSON.stringify({ done, skipped })}\n`
      : `${done} uploads are read again, ${skipped} originals are left\n`,
  );
  return skipped > 0 ? exitCodes.failed : exitCodes.done;
}

/** What the store holds now. */
async function scan(api: Api, signal: AbortSignal): Promise<Orphans> {
  const look = () => api.get<Orphans>('/api/orphans', 'orphans');
  const before = await look();
  await api.post<z.infer<typeof scanAnswer>>('/api/orphans/scan', 'status');
  const patience = performance.now() + beginMs;
  for (;;) {
    await sleep(pollMs, undefined, { signal });
    const now = await look();
    const { started_at: started, ended_at: ended } = now.scan;
    const isOver = started !== null && ended !== null && ended >= started;
    if (isOver && (started !== before.scan.started_at || performance.now() > patience)) return now;
  }
}
