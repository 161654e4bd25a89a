import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The port, after a look whether it is free; 0 finds one. Throws EADDRINUSE when it stays taken for
 * `patienceMs`: before anything else is started.
 */
export async function freePort(port: number, host: string, patienceMs: number): Promise<number> {
  for (const end = performance.now() + patienceMs; ; await sleep(50)) {
    try {
      const probe = createServer().listen(port, host);
      await once(probe, 'listening');
      const address = probe.address();
      await new Promise((resolve) => probe.close(resolve));
      return typeof address === 'object' && address ? address.port : port;
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
  }
}
