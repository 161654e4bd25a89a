// Live events over the WebSocket, for as long as somebody wants them: after a break it goes on at
// the last cursor, so nothing is missed or told twice.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventMessage, LiveMessage, ProgressMessage } from '#core/messages.ts';
import type { Api } from './api.ts';
import { CommandError, exitCodes } from './exit-codes.ts';

const firstPauseMs = 250;
const longestPauseMs = 5_000;

type Told = EventMessage | ProgressMessage;

/** Never returns; throws CommandError when the server refuses, and the reason of `signal`. */
export async function follow(
  api: Pick<Api, 'eventsUrl'>,
  uploadId: string | undefined,
  {
    cursor: after,
    onCursor,
    onMessage,
    onBreak,
    signal,
  }: {
    /** Where another one can go on. */
    onCursor: (cursor: string) => void;
    /** Absent: from now on. */
    cursor: string | undefined;
    onMessage: (message: Told) => void;
    onBreak: (why: string) => void;
    signal: AbortSignal;
  },
): Promise<never> {
  let cursor = after;
  let heard = false;
  let pause = firstPauseMs;
  const onLive = (message: LiveMessage) => {
    if (message.type === 'hello') {
      cursor ??= (message as { cursor: string }).cursor;
      heard = true;
      onCursor(cursor);
      pause = firstPauseMs;
      return;
    }
    if ('cursor' in message) {
      cursor = message.cursor;
      onCursor(cursor);
    }
    onMessage(message as Told);
  };
  for (;;) {
    const url = api.eventsUrl({ upload_id: uploadId, cursor });
    const { code, reason } = await connection(url, onLive, signal);
    signal.throwIfAborted();
    if (reason === 'events.cursor_expired') {
      // They are gone for good; what comes from now on is still worth seeing.
      cursor = undefined;
      onBreak('what happened since then is no longer kept: going on from now');
      continue;
    }
    if (isRefusal(code)) {
      throw new CommandError(exitCodes.failed, `the server refuses to tell: ${reason}`);
    }
    if (!heard) {
      throw new CommandError(exitCodes.unavailable, 'there is no server that tells: see doctor');
    }
    onBreak(`${reason || 'the connection broke'}: going on from the last event`);
    await sleep(pause, undefined, { signal });
    pause = Math.min(2 * pause, longestPauseMs);
  }
}

/** 4000 and the HTTP status: those of 4xx do not change by asking again. */
function isRefusal(code: number): boolean {
  return code >= 4_400 && code < 4_500;
}

function connection(
  url: string,
  onLive: (message: LiveMessage) => void,
  signal: AbortSignal,
): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    const leave = () => {
      socket.close();
      resolve({ code: 0, reason: '' });
    };
    signal.addEventListener('abort', leave);
    socket.addEventListener('message', ({ data }) => {
      onLive(JSON.parse(String(data)) as LiveMessage);
    });
    socket.addEventListener('close', ({ code, reason }) => {
      signal.removeEventListener('abort', leave);
      resolve({ code, reason });
    });
  });
}
