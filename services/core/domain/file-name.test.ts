import assert from 'node:assert/strict';
import { test } from 'node:test';
import { safeFileName } from './file-name.ts';

const names = [
  ['card.jpg', 'card.jpg'],
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\windows\\system.ini', 'system.ini'],
  ['..', 'file'],
  ['.htaccess', 'file.htaccess'],
  ['Été à Lord’s.PNG', 'Ete_a_Lord_s.PNG'],
  ['名刺.pdf', 'file.pdf'],
  ['a b\tc\n.png', 'a_b_c_.png'],
  ['a\0b.png', 'a_b.png'],
  [`${'x'.repeat(300)}.jpeg`, `${'x'.repeat(95)}.jpeg`],
  ['', 'file'],
] as const;

for (const [original, safe] of names) {
  test(`${JSON.stringify(original.slice(0, 30))} is stored as ${safe.slice(0, 30)}`, () => {
    assert.equal(safeFileName(original), safe);
  });
}
