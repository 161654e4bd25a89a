// What is to be prepared may still be starting beside us: in a cluster it comes up at the same
// time. One line says what is waited for, and one each time the reason changes.
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '#core/errors.ts';
import { openDatabase } from '#core/ledger/database.ts';
import type { DatabaseOptions } from '#core/postgres/connection.ts';

export interface Patience {
  readonly seconds: number;
  readonly say: (line: string) => void;
  readonly everyMs?: number;
}

/** Why it cannot be reached; undefined when it can. Throws what waiting does not mend. */
type Look = () => Promise<string | undefined>;

/** Resolves when it is there, or when patience has ended: who needs it then says what is wrong. */
export async function waitFor(
  name: string,
  look: Look,
  { seconds, say, everyMs = 1_000 }: Patience,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  for (let told = ''; performance.now() < end; await sleep(everyMs)) {
    const reason = await look();
    if (reason === undefined) return;
    if (reason !== told) say(`wait  for the ${name}: ${reason}`);
    told = reason;
  }
}

export async function lookAtDatabase(options: DatabaseOptions): Promise<string | undefined> {
  const db = openDatabase(options);
  try {
    await db.query('select 1');
    return undefined;
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'ledger.unavailable')) throw error;
    return reasonOf(error.cause);
  } finally {
    await db.close();
  }
}

/** Any answer will do. */
export async function lookAtStore(endpoint: string): Promise<string | undefined> {
  try {
    const answer = await fetch(endpoint, { signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
    return undefined;
  } catch (error) {
    return reasonOf(error instanceof Error ? (error.cause ?? error) : error);
  }
}

// Of several addresses that were tried the message is empty.
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
