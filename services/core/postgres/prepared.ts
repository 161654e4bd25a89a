// Statements that the server parses and plans once for each connection. Ours are some sixty short
// ones for every upload, of which parsing and planning were the larger part of the work.
import { createHash } from 'node:crypto';
import pg from 'pg';

type Query = pg.QueryConfig<unknown[]>;

const names = new Map<string, string>();
/** Our texts are a hundred or so; were one ever built out of data, servers would not drown in it. */
const most = 500;

/** Under a name of its own, by which a connection knows whether the server has it already. */
export function prepared(text: string, values: readonly unknown[]): Query {
  const name = names.get(text) ?? nameFor(text);
  return { ...unprepared(text, values), ...(name && { name }) };
}

export function unprepared(text: string, values: readonly unknown[]): Query {
  return { text, values: values as unknown[] };
}

function nameFor(text: string): string | undefined {
  if (names.size >= most) return undefined;
  const name = createHash('sha256').update(text).digest('base64url').slice(0, 32);
  names.set(text, name);
  return name;
}

/** feature_not_supported; many things are, this is the place in the server where a plan is refused. */
const refusal = { code: '0A000', routine: 'RevalidateCachedQuery' };

/**
 * A migration has added a column since the statement was prepared: the connection knows an older
 * shape of it, and has to go. The statement itself has done nothing.
 */
export function isOutdatedPlan(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  return error.code === refusal.code && error.routine === refusal.routine;
}
