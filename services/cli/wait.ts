// Waits until an upload has been read. Live events make it quick; the status is the truth, so a
// broken or forbidden WebSocket only makes it slower.
import { setTimeout as sleep } from 'node:timers/promises';
import type { UploadStatus } from '#core/domain/states.ts';
import type { LiveMessage, UploadStatusAnswer } from '#core/messages.ts';
import type { Api } from './api.ts';

export interface Progress {
  readonly status: UploadStatus;
  /** Pages finished, and how many there are once that is known. */
  readonly pages: number;
  readonly pageCount: number | null;
  /** Of the page being read. */
  readonly percent: number;
}

const moving: readonly UploadStatus[] = ['initiated', 'uploaded', 'processing'];
/** Without events the status is looked up this often, with them as a safeguard. */
const pollMs = 1_000;
const safeguardMs = 15_000;

export async function waitUntilRead(
  api: Pick<Api, 'get' | 'eventsUrl'>,
  uploadId: string,
  { onProgress, signal }: { onProgress: (progress: Progress) => void; signal: AbortSignal },
): Promise<UploadStatusAnswer> {
  for (;;) {
    using events = listen(api.eventsUrl(uploadId));
    await Promise.race([events.open, sleep(pollMs, undefined, { signal })]);
    // Only now: whatever happens after this look comes as an event.
    const status = await api.get<UploadStatusAnswer>(`/api/uploads/${uploadId}/status`);
    const seen = { pages: status.pages_done + status.pages_failed, pageCount: status.page_count };
    if (!moving.includes(status.status)) return status;
    onProgress({ ...seen, status: status.status, percent: 0 });
    events.onPercent = (percent) => onProgress({ ...seen, status: 'processing', percent });
    const patience = events.isOpen() ? safeguardMs : pollMs;
    await Promise.race([events.changed, sleep(patience, undefined, { signal })]);
    if (events.isLost()) await sleep(pollMs, undefined, { signal });
  }
}

/** Resolves `changed` at the next event that is more than a percentage, or when the connection ends. */
function listen(url: string) {
  const opened = Promise.withResolvers<void>();
  const changed = Promise.withResolvers<void>();
  let state: 'opening' | 'open' | 'lost' = 'opening';
  const socket = new WebSocket(url);
  const events = {
    open: opened.promise,
    changed: changed.promise,
    isOpen: () => state === 'open',
    isLost: () => state === 'lost',
    onPercent: (_percent: number) => {},
    [Symbol.dispose]: () => socket.close(),
  };
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as LiveMessage;
    if (message.type === 'hello') {
      // From here on nothing is missed.
      state = 'open';
      opened.resolve();
    } else if ('data' in message && message.type === 'page.progress') {
      events.onPercent((message as { data: { percent: number } }).data.percent);
    } else changed.resolve();
  });
  const lost = () => {
    state = 'lost';
    opened.resolve();
    changed.resolve();
  };
  socket.addEventListener('error', lost);
  socket.addEventListener('close', lost);
  return events;
}
