import { freePort } from '../standalone/port.ts';

/** Below these ports no system takes one for an outgoing connection. */
const range = { from: 12_000, until: 30_000 };

/**
 * A free port for a server that will be stopped and started again: from outside the range of which
 * outgoing connections take theirs, or one of them could sit on it when the server comes back.
 */
export async function steadyPort(): Promise<number> {
  for (;;) {
    const port = range.from + Math.floor(Math.random() * (range.until - range.from));
    try {
      return await freePort(port, '127.0.0.1', 0);
    } catch {
      // Taken: another one.
    }
  }
}
