import type { z } from 'zod';
import type { listUploadsAnswer } from '#core/messages.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';
import { describeUpload } from './uploads.ts';

/** Uploads that the server gives at a time, at most. */
const mostAtOnce = 200;
const usualLimit = 50;

export async function list({ given, connect, signal, print }: Session): Promise<ExitCode> {
  const api = connect(signal);
  let cursor: string | null = null;
  let left = given.limit ?? usualLimit;
  do {
    const query = new URLSearchParams({
      limit: String(Math.min(left, mostAtOnce)),
      ...(given.status && { status: given.status }),
      ...(given.gameId && { game_id: given.gameId }),
      ...(given.userId && { user_id: given.userId }),
      ...(cursor !== null && { cursor }),
    });
    const page = await api.get<z.infer<typeof listUploadsAnswer>>(
      `/api/uploads?${query}`,
      'uploads',
    );
    for (const upload of page.uploads) {
      const { upload_id: id, created_at: created } = upload;
      print(
        given.json
          ? `${JSON.stringify(upload)}\n`
          : `${id}  ${created}  ${describeUpload(upload)}\n`,
      );
    }
    left -= page.uploads.length;
    cursor = page.next_cursor;
  } while (cursor !== null && left > 0);
  return exitCodes.done;
}
