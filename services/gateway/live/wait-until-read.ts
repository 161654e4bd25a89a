// Waits for the reading of one upload; woken by its events, which any gateway or worker causes.
import { isUnderWay } from '#core/domain/states.ts';
import type { Queryable } from '#core/ledger/database.ts';
import { getUpload } from '#core/ledger/uploads/get.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import type { Hub } from './hub.ts';

/** The upload as it is when it was read, failed or cancelled, or when `end` fires. */
export async function waitUntilRead(
  { db, hub }: { readonly db: Queryable; readonly hub: Pick<Hub, 'join'> },
  uploadId: string,
  end: AbortSignal,
): Promise<UploadRow> {
  let changed = Promise.withResolvers<void>();
  const { leave } = hub.join((message) => {
    if (message.uploadId === uploadId && message.position !== undefined) changed.resolve();
  });
  const wake = () => changed.resolve();
  end.addEventListener('abort', wake);
  try {
    for (;;) {
      // Before the look: what happens after it must not be missed.
      changed = Promise.withResolvers();
      const upload = await getUpload(db, uploadId);
      if (!isUnderWay(upload.status) || end.aborted) return upload;
      await changed.promise;
    }
  } finally {
    end.removeEventListener('abort', wake);
    leave();
  }
}
