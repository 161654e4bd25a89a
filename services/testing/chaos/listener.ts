// A listener that wants every event: it reconnects to any gateway with its last cursor, and
// writes down what it was told.
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { decodePosition } from '#core/domain/cursor.ts';
import type { LiveMessage } from '#core/messages.ts';
import type { ListenerRecord } from './evidence.ts';
import { pick, type Random } from './random.ts';

export interface Listener {
  readonly record: ListenerRecord;
  /** The last position that it heard of. */
  position(): number;
  stop(): Promise<void>;
}

/** `cursor` is where it begins. */
export function startListener(options: {
  readonly name: string;
  readonly gateways: readonly string[];
  readonly cursor: string;
  readonly random: Random;
}): Listener {
  const positions: number[] = [];
  let cursor = options.cursor;
  let socket: WebSocket | undefined;
  let stopped = false;

  const connectOnce = () =>
    new Promise<void>((resolve) => {
      const url = `${pick(options.gateways, options.random)}/api/events?cursor=${cursor}`;
      const opened = new WebSocket(url.replace('http', 'ws'), { handshakeTimeout: 5_000 });
      socket = opened;
      opened.on('message', (text) => {
        const message = JSON.parse(String(text)) as LiveMessage;
        if (message.type === 'page.progress' || message.type === 'hello') return;
        if (!('cursor' in message)) return;
        cursor = message.cursor;
        positions.push(decodePosition(cursor));
      });
      opened.on('error', () => undefined);
      opened.on('close', () => resolve());
    });
  const loop = async () => {
    while (!stopped) {
      await connectOnce();
      if (!stopped) await sleep(200);
    }
  };
  const running = loop();

  return {
    record: { name: options.name, positions },
    position: () => positions.at(-1) ?? 0,
    async stop() {
      stopped = true;
      socket?.close();
      await running;
    },
  };
}
