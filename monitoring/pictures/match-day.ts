// What the pictures tell: uploads come one by one, a crowd, one worker dies, the broker goes away, files break
// engines, and it becomes quiet again. On the processes of the tests, in ten minutes.
import { setTimeout as sleep } from 'node:timers/promises';
import { breakEngines } from '../../services/testing/break-engines.ts';
import { send, until } from '../../services/testing/client.ts';
import { fixture, truncated } from '../../services/testing/fixtures.ts';
import { globalSetup, globalTeardown } from '../../services/testing/setup.ts';
import { readRules } from '../rules.ts';
import type { Prometheus } from '../testing/prometheus.ts';
import { startStack } from '../testing/stack.ts';

export interface Run {
  readonly prometheus: Prometheus;
  /** Unix time in seconds. */
  readonly startedAt: number;
  drop(): Promise<void>;
}

const files = {
  receipt: { bytes: fixture('receipt.jpg') },
  word: { bytes: fixture('word.jpg') },
  page: { bytes: fixture('print.png'), contentType: 'image/png', filename: 'print.png' },
  pdf: { bytes: fixture('scorecard.pdf'), contentType: 'application/pdf', filename: 'card.pdf' },
  broken: { bytes: truncated(fixture('receipt.jpg')) },
};

export async function matchDay(): Promise<Run> {
  await globalSetup();
  const stack = await startStack(readRules());
  const api = stack.gateways[0]?.url ?? '';
  const startedAt = Math.floor(Date.now() / 1_000);

  /** One each `seconds`, for that many minutes. */
  const trickle = async (minutes: number, seconds: number) => {
    for (let n = 0; n < (60 * minutes) / seconds; n++) {
      const file =
        n % 9 === 0 ? files.pdf : n % 7 === 0 ? files.broken : n % 2 ? files.receipt : files.word;
      await send(api, file);
      await sleep(1_000 * seconds);
    }
  };
  await trickle(2, 3);
  for (let n = 0; n < 120; n++) await send(api, n % 3 ? files.receipt : files.page);
  await trickle(1, 3);
  await stack.workers[0]?.kill('SIGKILL');
  await trickle(0.7, 3);
  await stack.revive();
  await trickle(0.7, 3);
  await stack.broker.stop();
  await trickle(0.7, 3);
  await stack.broker.start();
  await trickle(1, 3);
  const breaking = stack.workers.map((worker) => breakEngines(stack.system, worker));
  await until(api, await send(api, files.receipt), 'failed');
  for (const one of breaking) await one.stop();
  await trickle(2, 3);
  return {
    prometheus: stack.prometheus,
    startedAt,
    async drop() {
      await stack.drop();
      await globalTeardown();
    },
  };
}
