// How many events a second one gateway tells to a thousand listeners, from the commit to the
// last of them.
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { type Database, openDatabase } from '#core/ledger/database.ts';
import { recordEvent } from '#core/ledger/events/record-event.ts';
import { createWaker } from '#core/ledger/wake.ts';
import { processTree } from '../processes.ts';
import { sum } from '../statistics.ts';
import type { Parts } from './parts.ts';

export interface FanOut {
  readonly listeners: number;
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  /** Of the gateway, for one event to one listener. */
  readonly cpuMicroseconds: number;
}

export async function measureFanOut(
  { api, databaseUrl, pids }: Parts,
  { listeners, events }: { listeners: number; events: number },
): Promise<FanOut> {
  const db = openDatabase({ url: databaseUrl, name: 'bench' });
  const url = `${api.replace('http', 'ws')}/api/events`;
  const program = path.join(import.meta.dirname, 'listeners.ts');
  const crowd = fork(program, [url, String(listeners), String(events)]);
  try {
    await expect(crowd, 'connected');
    const cpu = () => sum(processTree(pids.gateway).map((one) => one.cpuMs));
    const before = cpu();
    const started = performance.now();
    const done = expect(crowd, 'done');
    await writeEvents(db, events);
    await done;
    const seconds = (performance.now() - started) / 1000;
    return {
      listeners,
      events,
      seconds,
      eventsPerSecond: events / seconds,
      cpuMicroseconds: ((cpu() - before) * 1000) / (events * listeners),
    };
  } finally {
    crowd.disconnect();
    await db.close();
  }
}

/** In transactions of ten, as busy workers would write them. */
async function writeEvents(db: Database, events: number): Promise<void> {
  const waker = createWaker(db);
  for (let written = 0; written < events; written += 10) {
    await db.transaction(async (tx) => {
      for (let n = 0; n < Math.min(10, events - written); n++) {
        const data = { status: 'processing', version: 3, filename: 'card.jpg', page_count: 12 };
        await recordEvent(tx, { uploadId: randomUUID(), type: 'page.done', data });
      }
    });
    waker.events();
  }
}

async function expect(from: ReturnType<typeof fork>, word: string): Promise<void> {
  const [said] = (await once(from, 'message')) as [string];
  if (said !== word) throw new Error(`listeners: ${said}`);
}
