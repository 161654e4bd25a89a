// Who may import whom, as a table that fails the build. A file may import its own folder and
// those listed for it; the deepest listed folder wins. New folders need a line here.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';

const core = ['core', 'core/domain', 'core/postgres', 'core/ledger', 'core/broker', 'core/objects'];
const mayImport: Record<string, readonly string[]> = {
  'core/domain': ['core/errors.ts'],
  core: ['core/domain'],
  'core/postgres': ['core', 'core/domain'],
  'core/ledger': ['core', 'core/domain', 'core/postgres'],
  'core/broker': ['core', 'core/domain', 'core/postgres'],
  'core/objects': ['core', 'core/domain'],
  gateway: core,
  worker: core,
  'worker/engine': ['worker', 'worker/pages', 'core', 'core/domain'],
  'worker/pages': ['worker/engine', 'core', 'core/domain'],
  'worker/slots': ['worker/engine', 'core', 'core/domain'],
  controller: core,
  'controller/kubernetes': ['core', 'core/domain'],
  'controller/observe': [...core, 'controller/kubernetes', 'controller/policy'],
  'controller/policy': [],
  'controller/act': [...core, 'controller/kubernetes', 'controller/observe', 'controller/policy'],
  'controller/explain': [
    ...core,
    'controller/kubernetes',
    'controller/observe',
    'controller/policy',
    'controller/act',
  ],
  cli: [
    'core/domain',
    'core/messages.ts',
    'core/operation-messages.ts',
    'core/autoscaler-messages.ts',
  ],
  standalone: [
    ...core,
    'gateway/config.ts',
    'worker/config.ts',
    'controller/policy',
    'controller/remembered.ts',
    'setup',
  ],
  setup: core,
  testing: ['standalone', ...core],
};
// Worker and controller themselves use all their rooms.
const rooms: Record<string, readonly string[]> = {
  worker: ['worker/engine', 'worker/slots'],
  controller: ['kubernetes', 'observe', 'policy', 'act', 'explain'].map(
    (room) => `controller/${room}`,
  ),
};

/** No I/O, no clock, no randomness: what is in here can be tested with plain values. */
const pure = ['core/domain', 'controller/policy'];
// croner is only asked when a pattern comes next after a given moment.
const purePackages = new Set<string>(['zod', 'croner']);

/** Where a process begins: only these read the environment, obey signals and decide exit codes. */
const entryPoint = /(^|\/)main\.ts$/;
/** Is handed the process by an entry point. */
const receivesProcess = new Set(['core/lifecycle.ts']);
/** They only run in tests, beside what they test. */
const testCode = /(\.test|\.cluster|\/contract|[./]fixture)\.ts$|^controller\/stage\//;

const root = import.meta.dirname;
const folders = Object.keys(mayImport).sort((a, b) => b.length - a.length);
const files = globSync('*/**/*.ts', { cwd: root });

function folderOf(file: string): string | undefined {
  return folders.find((folder) => file.startsWith(`${folder}/`));
}

function sourceOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

/** Files of ours by their path below services, packages by their name. */
function importsOf(file: string): { ours: string[]; packages: string[] } {
  const pattern = /(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g;
  const specifiers = [...sourceOf(file).matchAll(pattern)].map((match) => match[1] ?? '');
  const ours = specifiers.flatMap((specifier) => {
    if (specifier.startsWith('#core/')) return [specifier.slice(1)];
    if (specifier.startsWith('.')) return [path.join(path.dirname(file), specifier)];
    return [];
  });
  return { ours, packages: specifiers.filter((specifier) => /^[^.#]/.test(specifier)) };
}

function isAllowed(own: string, target: string): boolean {
  if (target === '../package.json') return true;
  const list = [own, ...(mayImport[own] ?? []), ...(rooms[own] ?? [])];
  return list.includes(target) || list.includes(folderOf(target) ?? '');
}

describe('imports', () => {
  for (const file of files.filter((name) => !testCode.test(name))) {
    test(file, () => {
      const own = folderOf(file);
      assert.ok(own, `${file} lies in a folder without a rule`);
      for (const target of importsOf(file).ours) {
        assert.ok(!testCode.test(target), `${file} must not import the test code ${target}`);
        assert.ok(isAllowed(own, target), `${file} must not import ${target}`);
      }
    });
  }
});

describe('pure folders import no package that does I/O', () => {
  const inside = files.filter((file) => pure.some((folder) => file.startsWith(`${folder}/`)));
  for (const file of inside.filter((name) => !testCode.test(name))) {
    test(file, () => {
      for (const name of importsOf(file).packages) {
        assert.ok(purePackages.has(name), `${file} must not import ${name}`);
      }
    });
  }
  test('they are there', () => assert.ok(inside.length > 0));
});

test('only entry points read the environment, obey signals and end the process', () => {
  const touches = /\bprocess\.(env|argv|on|once|exit|exitCode)\b/;
  const offenders = files.filter(
    (file) =>
      !entryPoint.test(file) &&
      !testCode.test(file) &&
      !file.startsWith('testing/') &&
      touches.test(sourceOf(file).replaceAll(/\/\/.*|\/\*[\s\S]*?\*\//g, '')) &&
      !receivesProcess.has(file),
  );
  assert.deepEqual(offenders, []);
});

test('no file passes 500 lines, and none only passes on what others export', () => {
  const long = files.filter((file) => sourceOf(file).split('\n').length > 500);
  const barrels = files.filter((file) => path.basename(file) === 'index.ts');
  assert.deepEqual([...long, ...barrels], []);
});
