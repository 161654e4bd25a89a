import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Throws EADDRINUSE when the port stays taken for `patienceMs`: before anything else is started. */
export async function checkPort(port: number, host: string, patienceMs: number): Promise<void> {
  for (const end = performance.now() + patienceMs; ; await sleep(50)) {
    try {
      const probe = createServer().listen(port, host);
      await once(probe, 'listening');
      await new Promise((resolve) => probe.close(resolve));
      return;
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
  }
}
