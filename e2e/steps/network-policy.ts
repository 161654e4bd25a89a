import assert from 'node:assert/strict';
import { release, startStranger, type World } from '../world.ts';

/** Prints `reached` or why not. */
const knock = `
  const socket = require('net').connect(5432, '${release}-postgresql');
  const end = (word) => { console.log(word); process.exit(0); };
  socket.on('connect', () => end('reached')).on('error', (error) => end(error.code));
  setTimeout(() => end('silence'), 5000);`;

export async function networkPolicy(world: World): Promise<void> {
  const { kubectl } = world;
  const [gateway = ''] = await kubectl.podsOf('gateway');
  assert.equal((await kubectl('exec', gateway, '--', 'node', '-e', knock)).trim(), 'reached');
  await startStranger(world, 'stranger', knock);
  const succeeded = '--for=jsonpath={.status.phase}=Succeeded';
  await kubectl('wait', 'pod/stranger', succeeded, '--timeout=60s');
  const said = (await kubectl('logs', 'stranger')).trim();
  assert.ok(['silence', 'ECONNREFUSED', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(said), said);
  await kubectl('delete', 'pod', 'stranger');
}
