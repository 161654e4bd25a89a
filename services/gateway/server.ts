// The HTTP server around the application: what never becomes a request is refused by our names too.
import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '#core/errors.ts';
import { problemOf } from './middleware/problem.ts';

/** What a request may take to come in, slow as its line may be: a PUT with it. */
export const longestRequestMs = 300_000;
/** What a refused caller may take to read why. */
const patienceMs = 1_000;

export function createHttpServer(listener: RequestListener): Server {
  // Offers of other protocols (HTTP/2) are ignored: such a request is answered as any other.
  const shouldUpgradeCallback = ({ headers }: { headers: { upgrade?: string | undefined } }) =>
    headers.upgrade?.toLowerCase() === 'websocket';
  const server = createServer(
    { shouldUpgradeCallback, requestTimeout: longestRequestMs },
    listener,
  );
  const answers = new WeakMap<Duplex, ServerResponse>();
  server.on('request', (request, response) => answers.set(request.socket, response));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const answer = answers.get(socket);
    // Into the middle of an answer nothing else can be written.
    if (answer?.headersSent && !answer.writableFinished) socket.destroy();
    else refuseSocket(socket, nameError(error));
  });
  return server;
}

/** Answers on a connection that has no request, and ends it. */
export function refuseSocket(socket: Duplex, error: AppError): void {
  socket.on('error', () => undefined);
  if (!socket.writable) return;
  const id = randomUUID();
  const body = JSON.stringify(problemOf(error, id));
  const head = [
    `HTTP/1.1 ${error.status} ${error.title}`,
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    `x-request-id: ${id}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // A connection that is cut while bytes still come takes the answer with it.
  socket.resume();
  const hurry = setTimeout(() => socket.destroy(), patienceMs);
  socket.once('close', () => clearTimeout(hurry));
}

function nameError(cause: NodeJS.ErrnoException): AppError {
  switch (cause.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('request.headers_too_large', undefined, { cause });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('request.timeout', undefined, { cause });
    default:
      return new AppError('request.not_http', undefined, { cause });
  }
}
