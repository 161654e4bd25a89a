// A limit that all replicas share: fixed windows counted in PostgreSQL, in the table
// `rate_limits` (made by a migration). A client is an address; behind a proxy that takes
// CRICKSY_TRUST_PROXY. When the table cannot be reached the request goes on: either the ledger
// is back by then, or it says itself that it is not. Fixed windows let 2n through around a
// boundary; a limit against carelessness need not be finer.
import type { RequestHandler, Response } from 'express';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '#core/errors.ts';
import type { Queryable } from '#core/ledger/database.ts';
import { contextOf } from '../context.ts';

export interface RateLimit {
  /** Names the limit in headers and separates its counters from those of others. */
  readonly name: string;
  /** Requests in a window. */
  readonly points: number;
  /** Length of a window. */
  readonly seconds: number;
}

/** Throws `rate.limited`; tells every caller where it stands in RateLimit headers. */
export function rateLimit(limit: RateLimit, db: Queryable): RequestHandler {
  const limiter = new RateLimiterPostgres({
    storeClient: storeOf(db),
    storeType: 'client',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: limit.name,
    points: limit.points,
    duration: limit.seconds,
    // Who is over the limit costs the database nothing more until its window ends.
    inMemoryBlockOnConsumed: limit.points + 1,
  });
  return async (request, response, next) => {
    const state = await consume(limiter, clientOf(request.ip)).catch((error: unknown) => {
      contextOf(response).log.warn({ error }, 'the rate limit could not be read');
    });
    if (state) tell(limit, state.result, response);
    if (state?.exceeded) {
      const seconds = secondsLeft(state.result);
      throw new AppError('rate.limited', `${limit.points} in ${limit.seconds} s are allowed`, {
        details: { retry_after: seconds },
      });
    }
    next();
  };
}

interface State {
  readonly exceeded: boolean;
  readonly result: RateLimiterRes;
}

async function consume(limiter: RateLimiterPostgres, client: string): Promise<State> {
  try {
    return { exceeded: false, result: await limiter.consume(client) };
  } catch (thrown) {
    if (thrown instanceof RateLimiterRes) return { exceeded: true, result: thrown };
    throw thrown;
  }
}

/** https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function tell({ name, points, seconds }: RateLimit, result: RateLimiterRes, to: Response): void {
  to.set('ratelimit-policy', `"${name}";q=${points};w=${seconds}`);
  to.set('ratelimit', `"${name}";r=${result.remainingPoints};t=${secondsLeft(result)}`);
}

function secondsLeft(result: RateLimiterRes): number {
  return Math.max(1, Math.ceil(result.msBeforeNext / 1_000));
}

/** An IPv4 address, or the /64 of an IPv6 address: a household has all 2^64 addresses of its own. */
export function clientOf(address: string | undefined): string {
  if (!address) return 'unknown';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped || !address.includes(':')) return mapped ?? address;
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::');
  const first = head.split(':').filter(Boolean);
  const last = (tail ?? '').split(':').filter(Boolean);
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...new Array<string>(Math.max(0, zeros)).fill('0'), ...last];
  return `${groups.slice(0, 4).join(':')}::/64`;
}

// The limiter expects a client of the driver `pg`; the ledger's pool is reached through this much of it.
function storeOf(db: Queryable) {
  return {
    query: async ({ text, values }: { text: string; values: unknown[] }) => {
      const rows = await db.query(text, values);
      return { rows, rowCount: rows.length };
    },
  };
}
