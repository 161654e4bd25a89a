// A TCP proxy in front of a server, to take it away: refusing, or silent, which is what a cut
// cable or a frozen machine looks like.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type ProxyMode = 'forward' | 'silent' | 'refuse';

export interface TcpProxy {
  readonly port: number;
  /**
   * `silent`: takes connections and bytes, answers nothing, also on connections that were open.
   * `refuse`: cuts all connections and every new one. `forward` again: cuts what was silent.
   */
  set(mode: ProxyMode): void;
  close(): Promise<void>;
}

export async function startProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  let mode: ProxyMode = 'forward';
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on('error', () => undefined).on('close', () => open.delete(client));
    if (mode === 'refuse') {
      client.destroy();
      return;
    }
    if (mode === 'silent') {
      client.resume();
      return;
    }
    const upstream = connect(target);
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.on('data', (bytes) => mode !== 'silent' && upstream.write(bytes));
    upstream.on('data', (bytes) => mode !== 'silent' && client.write(bytes));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      // Bytes were swallowed: whoever goes on with such a connection would talk nonsense.
      if (next === 'refuse' || mode === 'silent') for (const socket of open) socket.destroy();
      mode = next;
    },
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A database URL that leads through the proxy. */
export function through(proxy: TcpProxy, url: string): string {
  const changed = new URL(url);
  changed.hostname = '127.0.0.1';
  changed.port = String(proxy.port);
  return changed.href;
}

/** Where a database URL leads. */
export function targetOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port || 5432) };
}
