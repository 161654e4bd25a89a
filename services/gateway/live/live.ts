// The WebSocket at /api/events. Browsers cannot see why an upgrade failed, so refusals come as
// close codes: 4000 and the last digits of the HTTP status, with the error's code as reason.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { AppError, toAppError } from '#core/errors.ts';
import type { Queryable } from '#core/ledger/database.ts';
import type { Log } from '#core/log.ts';
import { uploadId } from '../params.ts';
import { refuseSocket } from '../server.ts';
import type { Hub } from './hub.ts';
import { type Sink, subscribe, type Wish } from './subscription.ts';

const path = '/api/events';
const pingMs = 30_000;
/** Bytes waiting for a listener beyond which it is cut; it can resume with its cursor. */
const mostBuffered = 1024 * 1024;
/** Bytes below which a listener that catches up is given the next batch. */
const lowWater = 64 * 1024;

export interface Live {
  /** Open connections. */
  listeners(): number;
  /** Closes every connection with 1001: clients resume elsewhere. */
  stop(): Promise<void>;
}

export function attachLive(
  server: Server,
  deps: {
    readonly db: Queryable;
    readonly hub: Hub;
    /** Throws `auth.required`, or whatever else forbids the connection. */
    readonly authorise: (request: IncomingMessage) => void;
    readonly chooseSubprotocol: (offered: Set<string>) => string | false;
    readonly log: Log;
  },
): Live {
  const sockets = new WebSocketServer({
    noServer: true,
    // Nothing is expected from clients.
    maxPayload: 1024,
    perMessageDeflate: false,
    handleProtocols: deps.chooseSubprotocol,
  });
  sockets.on('wsClientError', (error, socket) =>
    refuseSocket(socket, new AppError('request.not_http', error.message)),
  );
  const alive = new WeakSet<WebSocket>();

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (partsOf(request).path !== path) {
      refuseSocket(socket, new AppError('route.not_found'));
      return;
    }
    sockets.handleUpgrade(request, socket, head, (connection) => {
      void serve(connection, request, sinkOf(connection, socket));
    });
  });

  const serve = async (connection: WebSocket, request: IncomingMessage, sink: Sink) => {
    alive.add(connection);
    connection.on('pong', () => alive.add(connection));
    connection.on('error', (error) => deps.log.debug({ error }, 'listener failed'));
    try {
      deps.authorise(request);
      const leave = await subscribe(deps, wishOf(request), sink);
      if (connection.readyState === connection.OPEN) connection.on('close', leave);
      else leave();
    } catch (error) {
      refuse(connection, toAppError(error));
    }
  };

  const timer = setInterval(() => {
    for (const connection of sockets.clients) {
      if (!alive.delete(connection)) connection.terminate();
      else connection.ping();
    }
  }, pingMs);

  return {
    listeners: () => sockets.clients.size,
    async stop() {
      clearInterval(timer);
      for (const connection of sockets.clients) connection.close(1001, 'the gateway stops');
      const hurry = setTimeout(() => {
        for (const connection of sockets.clients) connection.terminate();
      }, 1_000);
      await new Promise((resolve) => sockets.close(resolve));
      clearTimeout(hurry);
    },
  };
}

const query = z.object({ upload_id: uploadId.optional(), cursor: z.string().max(200).optional() });

function wishOf(request: IncomingMessage): Wish {
  const asked = query.safeParse(Object.fromEntries(new URLSearchParams(partsOf(request).query)));
  if (!asked.success) throw new AppError('request.invalid', z.prettifyError(asked.error));
  return { uploadId: asked.data.upload_id, cursor: asked.data.cursor };
}

// Not by URL, which throws where a request asks for `//`.
function partsOf(request: IncomingMessage): { path: string; query: string } {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  return { path, query };
}

function refuse(connection: WebSocket, error: AppError): void {
  connection.close(4000 + (error.status % 1000), error.code);
}

function sinkOf(connection: WebSocket, socket: Duplex): Sink {
  let gathering = false;
  // What is sent within one turn goes out in one write: with a thousand listeners it is the writes
  // that cost.
  const gather = () => {
    if (gathering) return;
    gathering = true;
    socket.cork();
    setImmediate(() => {
      gathering = false;
      socket.uncork();
    });
  };
  return {
    send(text) {
      if (connection.readyState !== connection.OPEN) return;
      if (connection.bufferedAmount > mostBuffered) {
        refuse(connection, new AppError('events.too_slow'));
        return;
      }
      gather();
      connection.send(text);
    },
    async drained() {
      while (connection.readyState === connection.OPEN && connection.bufferedAmount > lowWater) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return connection.readyState === connection.OPEN;
    },
  };
}
