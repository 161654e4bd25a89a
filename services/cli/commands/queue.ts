// queue: how much waits where, and what is dispatched next.
import type { z } from 'zod';
import type { queueAnswer } from '#core/operation-messages.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { describePool } from '../present.ts';
import type { Session } from '../session.ts';

/** What the server shows of each pool, at most. */
const mostNext = 100;

export async function queue({ given, connect, signal, print }: Session): Promise<ExitCode> {
  const next = Math.min(given.limit ?? 5, mostNext);
  const { pools } = await connect(signal).get<z.infer<typeof queueAnswer>>(
    `/api/queue?next=${next}`,
    'pools',
  );
  for (const pool of pools) {
    print(`${given.json ? JSON.stringify(pool) : describePool(pool, Date.now())}\n`);
  }
  return exitCodes.done;
}
