// Percentages of the page under the engine, for people who watch. Told live and never stored;
// a few times a second is as much as eyes can use.
import type { ProgressMessage } from '#core/messages.ts';

export interface Progress {
  readonly uploadId: string;
  readonly page: number;
  readonly percent: number;
}

const betweenMs = 250;

export function createProgress(deps: {
  readonly send: (payload: string) => void;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}): (progress: Progress) => void {
  // One entry for each upload being read: no more than there are slots, and a few old ones.
  const sentAt = new Map<string, number>();
  return ({ uploadId, page, percent }) => {
    const now = deps.now();
    if (now - (sentAt.get(uploadId) ?? -betweenMs) < betweenMs) return;
    for (const [id, at] of sentAt) if (now - at > 60_000) sentAt.delete(id);
    sentAt.set(uploadId, now);
    const message: ProgressMessage = {
      type: 'page.progress',
      upload_id: uploadId,
      data: { page, percent },
    };
    deps.send(JSON.stringify(message));
  };
}
