// A TCP proxy in front of a server, to take it away: refusing, or silent, which is what a cut
// cable or a frozen machine looks like; or slow.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type ProxyMode = 'forward' | 'silent' | 'refuse' | 'slow';

/** What each chunk waits in `slow`. */
const slowMs = 100;

export interface TcpProxy {
  readonly port: number;
  /**
   * `silent`: takes connections and bytes, answers nothing, also on connections that were open.
   * `refuse`: cuts all connections and every new one. `slow`: one chunk each 100 ms in each
   * direction. `forward` again: cuts what was silent.
   */
  set(mode: ProxyMode): void;
  /** Where new connections lead: the server came back on another port. */
  aim(target: { host: string; port: number }): void;
  close(): Promise<void>;
}

export async function startProxy(target?: { host: string; port: number }): Promise<TcpProxy> {
  let aimedAt = target;
  let mode: ProxyMode = 'forward';
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    open.add(client);
    client.on('error', () => undefined).on('close', () => open.delete(client));
    if (mode === 'refuse' || !aimedAt) {
      client.destroy();
      return;
    }
    if (mode === 'silent') {
      client.resume();
      return;
    }
    const upstream = connect({ ...aimedAt, allowHalfOpen: true });
    upstream.on('error', () => undefined);
    pass(client, upstream);
    pass(upstream, client);
  });
  // One after the other, also when the mode changes in between: bytes never overtake each other.
  const pass = (from: Socket, to: Socket) => {
    let turn: Promise<unknown> = Promise.resolve();
    from.on('data', (bytes) => {
      if (mode === 'silent') return;
      if (mode === 'slow') turn = turn.then(() => sleep(slowMs));
      turn = turn.then(() => to.write(bytes));
    });
    from.on('end', () => void turn.then(() => to.end()));
    from.on('close', () => void turn.then(() => to.destroySoon()));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      // Bytes were swallowed: whoever goes on with such a connection would talk nonsense.
      if (next === 'refuse' || mode === 'silent')
        for (const socket of open) socket.resetAndDestroy();
      mode = next;
    },
    aim(next) {
      aimedAt = next;
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The URL of a server, of which the scheme is kept, through the proxy. */
export function through(proxy: TcpProxy, url: string): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(proxy.port);
  return changed.href;
}

/** Where a database URL leads. */
export function targetOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: port === '' ? 5432 : Number(port) };
}
