// Uploads as many people send them.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { send, statusOf } from '../../services/testing/client.ts';
import { fixture } from '../../services/testing/fixtures.ts';

const receipt = { bytes: fixture('receipt.jpg') };

/** As a client does it that is told to try again; a busy machine is not what is looked at here. */
async function sendPatiently(api: string): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send(api, receipt);
    } catch (error) {
      if (tries === 10) throw error;
      await sleep(3000);
    }
  }
}

/** Sends so many, a few at a time; resolves with their number. */
export async function burst(api: string, count: number): Promise<number> {
  let left = count;
  const sender = async () => {
    while (left-- > 0) await sendPatiently(api);
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
      const id = await sendPatiently(api);
      sent += 1;
      for (let status = ''; status !== 'parsed'; await sleep(250)) {
        status = await statusOf(api, id).then(
          (answer) => answer.status,
          () => 'not told',
        );
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
