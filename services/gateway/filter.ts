import type { UploadStatus } from '#core/domain/states.ts';
import type { UploadFilter } from '#core/ledger/uploads/filter.ts';

/** A filter as the API names it, for the ledger. */
export function filterOf(asked: {
  readonly status?: UploadStatus | undefined;
  readonly game_id?: string | undefined;
  readonly user_id?: string | undefined;
  readonly error_code?: string | undefined;
  readonly created_after?: string | undefined;
  readonly created_before?: string | undefined;
}): UploadFilter {
  return {
    status: asked.status,
    gameId: asked.game_id,
    userId: asked.user_id,
    errorCode: asked.error_code,
    createdAfter: asked.created_after,
    createdBefore: asked.created_before,
  };
}
