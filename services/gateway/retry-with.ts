import { AppError } from '#core/errors.ts';
import type { RetryWith } from '#core/ledger/uploads/retry.ts';
import type { RetryRequest } from '#core/messages.ts';

/** What a retry asks for, for the ledger. Throws `request.invalid` for a pool that nobody dispatches to. */
export function retryWith(
  { options = {}, time_limit, pool }: RetryRequest,
  pools: readonly string[],
): RetryWith {
  if (pool !== undefined && !pools.includes(pool)) {
    throw new AppError('request.invalid', `there is no pool ${pool}`, {
      details: { errors: [{ field: 'pool', message: `must be one of ${pools.join(', ')}` }] },
    });
  }
  return { ...options, pool, timeLimitMs: time_limit && time_limit * 1_000 };
}
