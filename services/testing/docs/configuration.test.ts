// docs/configuration.md beside the schemas that read the environment, both ways.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { z } from 'zod';
import { controllerConfig } from '../../controller/config.ts';
import { gatewayConfig } from '../../gateway/config.ts';
import { backupConfig, bucketConfig, databaseConfig } from '../../setup/config.ts';
import { standaloneConfig } from '../../standalone/config.ts';
import { workerConfig } from '../../worker/config.ts';
import { page, root, rows } from './pages.ts';

type Shape = Readonly<Record<string, z.ZodType>>;

const services: Record<string, Shape> = {
  gateway: gatewayConfig.shape,
  worker: workerConfig.shape,
  controller: controllerConfig.shape,
  setup: { ...databaseConfig.shape, ...bucketConfig.shape, ...backupConfig.shape },
};
const text = page('docs/configuration.md');
const [ofServices = '', ofOneMachine = ''] = text.split('## Everything on one machine');

interface Row {
  readonly name: string;
  readonly default: string;
  readonly readBy: string[];
}

function settings(part: string): Row[] {
  return rows(part).flatMap(([name = '', standard = '', readBy = '']) => {
    const [, known] = /^`([A-Z][A-Z0-9_]+)`$/.exec(name) ?? [];
    return known ? [{ name: known, default: standard, readBy: readBy.split(', ') }] : [];
  });
}

/** As the table shows it: empty for none. */
function defaultOf(schema: z.ZodType): string {
  const absent = schema.safeParse(undefined);
  if (!absent.success) return 'needed';
  const value: unknown = absent.data;
  return value === undefined || (Array.isArray(value) && value.length === 0) ? '' : `\`${value}\``;
}

test('every setting of a service stands in one table, with its default and who reads it', () => {
  const documented = settings(ofServices);
  const names = documented.map(({ name }) => name);
  assert.deepEqual([...new Set(names)], names, 'twice');
  const read = new Set(Object.values(services).flatMap((shape) => Object.keys(shape)));
  assert.deepEqual(new Set(names), read);
  for (const row of documented) {
    const readers = Object.entries(services).filter(([, shape]) => row.name in shape);
    const asked = row.readBy.filter((one) => one !== 'command line');
    assert.deepEqual(
      asked,
      readers.map(([service]) => service),
      row.name,
    );
    for (const [service, shape] of readers) {
      const schema = shape[row.name];
      assert.ok(schema);
      assert.equal(row.default, defaultOf(schema), `${row.name} of the ${service}`);
    }
  }
});

/** The program and all that it imports, without comments and texts, and without what only reads settings. */
function sourceOf(service: string): string {
  const files = new Set([path.join(root, 'services', service, 'main.ts')]);
  // What is added on the way is walked over, too.
  for (const file of files) {
    for (const [, from = ''] of readFileSync(file, 'utf8').matchAll(
      /(?:from|import\() ?'([#.][^']+)'/g,
    )) {
      const own = from.startsWith('#core/');
      const base = own ? path.join(root, 'services/core') : path.dirname(file);
      files.add(path.join(base, own ? from.slice('#core/'.length) : from));
    }
  }
  const using = [...files].filter((file) => /(?<!config)\.ts$/.test(file));
  const noise = /\/\/.*|\/\*[\s\S]*?\*\/|'[^'\n]*'/g;
  return using.map((file) => readFileSync(file, 'utf8').replaceAll(noise, '')).join('\n');
}

test('a service reads no setting that it does not use', () => {
  for (const [service, shape] of Object.entries(services)) {
    const used = new Set(sourceOf(service).match(/\b[A-Z][A-Z0-9_]+\b/g));
    const idle = Object.keys(shape).filter((name) => !used.has(name));
    assert.deepEqual(idle, [], service);
  }
});

test('make run is documented where it has settings or defaults of its own', () => {
  const documented = settings(ofOneMachine.split('\n## ')[0] ?? '');
  const handedOn: Shape = { ...services['gateway'], ...services['worker'] };
  const standalone: Shape = standaloneConfig.shape;
  const own = Object.entries(standalone).filter(([name, schema]) => {
    const usual = handedOn[name];
    return !usual || defaultOf(usual) !== defaultOf(schema);
  });
  // What PORT means is another; the number of slots depends on the machine, which may have as many as a worker by default.
  const always = ['PORT', 'CRICKSY_WORKER_SLOTS'];
  assert.deepEqual(
    new Set(documented.map(({ name }) => name)),
    new Set([...own.map(([name]) => name), ...always]),
  );
  for (const row of documented) {
    if (['CRICKSY_DATA_DIR', 'CRICKSY_WORKER_SLOTS'].includes(row.name)) continue;
    const schema = standalone[row.name];
    assert.ok(schema);
    assert.equal(row.default, defaultOf(schema), row.name);
  }
});

test('the command line reads what its part says', () => {
  const program = readFileSync(path.join(root, 'services/cli/main.ts'), 'utf8');
  const read = [...program.matchAll(/process\.env\['(\w+)'\]/g)].map((match) => match[1] ?? '');
  const [paragraph = ''] = /^The command line reads .*?\n\n/ms.exec(text) ?? [];
  const named = [...paragraph.matchAll(/`(CRICKSY_\w+)`/g)].map((match) => match[1] ?? '');
  assert.deepEqual(new Set(named), new Set(read));
});
