// The live half of a gateway on a free port, and listeners of it. Imported by tests only.
import assert from 'node:assert/strict';
import { WebSocket } from 'ws';
import type { Database } from '#core/ledger/database.ts';
import { recordEvent } from '#core/ledger/events/record-event.ts';
import { createWaker } from '#core/ledger/wake.ts';
import { listenOn } from '#core/listen.ts';
import type { EventMessage, LiveMessage } from '#core/messages.ts';
import { happened } from '../../testing/happened.ts';
import { silentLog } from '../../testing/log.ts';
import { authenticateUpgrade, chooseSubprotocol, createAuth } from '../middleware/auth.ts';
import { refuseOrigin } from '../middleware/origins.ts';
import { startSequencer } from '../relay/sequencer.ts';
import { createHttpServer } from '../server.ts';
import { startHub } from './hub.ts';
import { attachLive } from './live.ts';

export interface Ledger {
  readonly db: Database;
  readonly url: string;
}

export interface LiveGateway {
  readonly port: number;
  subscribers(): number;
  stop(): Promise<void>;
}

export async function startLive(
  { db, url }: Ledger,
  { token, origins = [] }: { token?: string; origins?: string[] } = {},
): Promise<LiveGateway> {
  const common = { random: Math.random, log: silentLog };
  const hub = await startHub({ db, database: { url, name: 'hub' }, ...common });
  const server = createHttpServer((_request, response) => response.end('no upgrade'));
  const auth = createAuth(token);
  const live = attachLive(server, {
    db,
    hub,
    authorise(request) {
      refuseOrigin(request, origins, undefined);
      authenticateUpgrade(auth, request);
    },
    chooseSubprotocol,
    log: silentLog,
  });
  return {
    port: await listenOn(server, { port: 0, host: '127.0.0.1' }),
    subscribers: hub.subscribers,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      await live.stop();
      await closed;
      await hub.stop();
    },
  };
}

export function startSequencing({ db, url }: Ledger, name = 'sequencer') {
  return startSequencer({
    database: { url, name },
    onPositions: createWaker(db).positions,
    random: Math.random,
    log: silentLog,
  });
}

export interface Listening {
  readonly socket: WebSocket;
  /** In the order in which they came. */
  readonly messages: LiveMessage[];
  /** Of the messages those that are kept. */
  events(): EventMessage[];
  /** Where to go on: the cursor of the last message that has one. */
  cursor(): string;
  readonly closed: Promise<{ code: number; reason: string }>;
  /** Resolves when that many events have come; fails after half a minute. */
  heard(events: number): Promise<EventMessage[]>;
  leave(): Promise<void>;
}

export interface Follow {
  readonly query?: Record<string, string>;
  readonly headers?: Record<string, string>;
  readonly protocols?: string[];
  /** False: pings are not answered, as by a client whose machine was switched off. */
  readonly autoPong?: boolean;
}

/** Connects; what comes is kept from the first message on. */
export function follow({ port }: { port: number }, options: Follow = {}): Listening {
  const { query = {}, protocols = [], ...rest } = options;
  const url = `ws://127.0.0.1:${port}/api/events?${new URLSearchParams(query)}`;
  const socket = new WebSocket(url, protocols, rest);
  const messages: LiveMessage[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  socket.on('error', () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  );
  const events = () => messages.filter((one) => 'cursor' in one && 'time' in one) as EventMessage[];
  return {
    socket,
    messages,
    events,
    cursor: () => messages.reduce((last, one) => ('cursor' in one ? one.cursor : last), ''),
    closed,
    async heard(count) {
      await happened(
        () => events().length >= count,
        () => `${events().length} of ${count} came`,
      );
      return events();
    },
    async leave() {
      socket.close();
      await closed;
    },
  };
}

/** As `follow`; resolves when hello was said, fails when the connection is refused. */
export async function followed(gateway: { port: number }, options?: Follow): Promise<Listening> {
  const listening = follow(gateway, options);
  const refused = listening.closed.then(({ code, reason }) => assert.fail(`${code} ${reason}`));
  await Promise.race([happened(() => listening.messages.length > 0), refused]);
  refused.catch(() => undefined);
  return listening;
}

/** Writes an event and wakes whoever numbers it. */
export async function write(
  { db }: Ledger,
  uploadId: string,
  data: Record<string, unknown> = {},
): Promise<void> {
  await db.transaction((tx) => recordEvent(tx, { uploadId, type: 'page.done', data }));
  createWaker(db).events();
}

/** An event that is written and not yet committed. */
export async function hold({ db }: Ledger, uploadId: string, data: Record<string, unknown>) {
  const written = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const done = db.transaction(async (tx) => {
    await recordEvent(tx, { uploadId, type: 'page.done', data });
    written.resolve();
    await released.promise;
  });
  await written.promise;
  return {
    async commit() {
      released.resolve();
      await done;
      createWaker(db).events();
    },
  };
}
