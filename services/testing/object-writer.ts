// A process that receives an object without an end, tells when bytes lie on the disk, and goes
// on until it is killed.
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { openFilesystem } from '#core/objects/filesystem.ts';

const [, , directory = '', key = ''] = process.argv;
const store = await openFilesystem({
  directory,
  newId: randomUUID,
  now: Date.now,
});

async function* endless() {
  for (let sent = 0; ; sent++) {
    yield Buffer.alloc(64 * 1024, 'x');
    if (sent === 20) process.send?.('writing');
    if (sent >= 20) await sleep(20);
  }
}
await store.receive(key, Readable.from(endless()), {
  size: Number.POSITIVE_INFINITY,
  contentType: 'image/png',
});
