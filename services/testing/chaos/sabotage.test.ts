import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { sabotages } from './sabotage.ts';

const services = path.join(import.meta.dirname, '../..');

for (const { name, edits } of sabotages) {
  test(`there is one place each to break so that ${name}`, async () => {
    for (const { file, find } of edits) {
      const source = await readFile(path.join(services, file), 'utf8');
      assert.equal(source.split(find).length, 2, `${file}: ${find}`);
    }
  });
}
