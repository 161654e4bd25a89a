import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { readme, rows } from './readme.ts';

test('the README lists every value with its default: make chart-readme', () => {
  const { is, shouldBe } = readme();
  assert.equal(is, shouldBe);
  assert.match(is, /\| gateway\.replicas \| int \| `2` \| Without autoscaling\. \|/);
});

test('every value says what it is', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../values.yaml'), 'utf8');
  const silent = rows(text).filter(({ comment }) => comment === '');
  assert.deepEqual(
    silent.map(({ key }) => key),
    [],
  );
});

test('comments go with their value, maps are told key by key', () => {
  const text = '# -- What.\na: 1\nb:\n  # -- Inner.\n  c: []\n  d: { e: x }\n';
  assert.deepEqual(rows(text), [
    { key: 'a', type: 'int', value: '1', comment: 'What.' },
    { key: 'b.c', type: 'list', value: '[]', comment: 'Inner.' },
    { key: 'b.d.e', type: 'string', value: '"x"', comment: '' },
  ]);
});
