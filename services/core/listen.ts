import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Resolves with the port; throws what made it fail, for example EADDRINUSE. */
export async function listenOn(
  server: Server,
  at: { port: number; host: string },
): Promise<number> {
  server.listen(at.port, at.host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Lets the requests under way end, for `patienceMs` at most. */
export async function closeServer(server: Server, patienceMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const hurry = setTimeout(() => server.closeAllConnections(), patienceMs);
  await closed;
  clearTimeout(hurry);
}
