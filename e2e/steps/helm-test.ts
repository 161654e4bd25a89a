import assert from 'node:assert/strict';
import { helm, release, type World } from '../world.ts';

export async function helmTest(world: World): Promise<void> {
  const said = await helm(world, 'test', release, '--timeout', '2m');
  // A chart without tests passes, too.
  assert.match(said, /^TEST SUITE:\s+cricksy-ocr-test-upload$/m, said);
  assert.match(said, /^Phase:\s+Succeeded$/m, said);
}
