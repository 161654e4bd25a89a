import { randomUUID } from 'node:crypto';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { serve } from '../../gateway/fixture.ts';
import { objectsRouter } from '../../gateway/routes/objects.ts';
import { objectsContract } from './contract.ts';
import { openFilesystem } from './filesystem.ts';
import { createGatewaySigner } from './gateway-signer.ts';

const signingSecret = 'a secret of tests';
const root = await mkdtemp(path.join(tmpdir(), 'cricksy-objects-'));
after(() => rm(root, { recursive: true }));

const openStore = (directory: string) =>
  openFilesystem({ directory, newId: randomUUID, now: Date.now });
const signer = createGatewaySigner({ secret: signingSecret, now: Date.now });
const openAt = async (directory: string) => ({ ...(await openStore(directory)), ...signer });
const store = await openStore(path.join(root, 'store'));
const gateway = await serve(
  { after },
  { objects: objectsRouter({ store, signingSecret, maxFileBytes: 1_000_000, now: Date.now }) },
);

objectsContract('filesystem', {
  open: () => openAt(path.join(root, 'store')),
  // A volume that was unmounted behind our back.
  async openUnreachable() {
    const directory = path.join(root, randomUUID());
    const opened = await openAt(directory);
    await rename(directory, `${directory}-away`);
    return opened;
  },
  origin: gateway.url,
});
