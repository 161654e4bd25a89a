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
    using events = listen(api.eventsUrl({ upload_id: uploadId }));
    await within(pollMs, events.open, signal);
    // Only now: whatever happens after this look comes as an event.
    const status = await api.get<UploadStatusAnswer>(`/api/uploads/${uploadId}/status`, 'status');
    const seen = { pages: status.pages_done + status.pages_failed, pageCount: status.page_count };
    if (!moving.includes(status.status)) return status;
    onProgress({ ...seen, status: status.status, percent: 0 });
    events.onPercent = (percent) => onProgress({ ...seen, status: 'processing', percent });
    const patience = events.isOpen() ? safeguardMs : pollMs;
    await within(patience, events.changed, signal);
    if (events.isLost()) await sleep(pollMs, undefined, { signal });
  }
}

/** Resolves with `event`, or after that time; no timer is left to keep the process alive. */
async function within(ms: number, event: Promise<void>, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: AbortSignal.any([signal, over.signal]) });
  try {
    await Promise.race([event, late]);
  } finally {
    over.abort();
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
