// Uploads as many people send them.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { send, statusOf } from '../../services/testing/client.ts';
import { fixture } from '../../services/testing/fixtures.ts';

const receipt = { bytes: fixture('receipt.jpg') };

/** Sends so many, a few at a time; resolves with their number. */
export async function burst(api: string, count: number): Promise<number> {
  let left = count;
  const sender = async () => {
    while (left-- > 0) await send(api, receipt);
  };
  await Promise.all(Array.from({ length: 6 }, sender));
  return count;
}

export interface People {
  /** They go when what they sent is read; resolves with how many uploads that were. */
  leave(): Promise<number>;
}

/** So many people, each of whom sends an upload, waits until it is read, and begins again. */
export function startPeople(api: string, count: number): People {
  let sent = 0;
  let leaving = false;
  const person = async () => {
    while (!leaving) {
      const id = await send(api, receipt);
      sent += 1;
      for (let status = ''; status !== 'parsed'; await sleep(250)) {
        ({ status } = await statusOf(api, id));
        assert.ok(!['failed', 'cancelled'].includes(status), `${id} is ${status}`);
      }
    }
  };
  const all = Promise.all(Array.from({ length: count }, person));
  // Who awaits it hears of it.
  all.catch(() => undefined);
  return {
    async leave() {
      leaving = true;
      await all;
      return sent;
    },
  };
}
