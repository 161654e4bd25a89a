// That the Tiltfile is Starlark, calls Tilt's functions with arguments that they have, and names what
// is there. Needs Go.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { podOf } from '../helm.ts';
import { imagesOf, rendered, root, stages } from '../inner-loop.ts';

interface Call {
  readonly function: string;
  // biome-ignore lint/suspicious/noExplicitAny: as the Tiltfile gave it
  readonly [argument: string]: any;
}

let calls: readonly Call[];
const callsOf = (name: string) => calls.filter((call) => call.function === name);

before(() => {
  const cwd = path.join(root, 'k8s/check-tiltfile');
  const options = { cwd, encoding: 'utf8' } as const;
  calls = JSON.parse(execFileSync('go', ['run', '.', path.join(root, 'Tiltfile')], options));
});

test('each image is a stage of the Dockerfile, and one that the chart runs', () => {
  const used = imagesOf(rendered('values-dev.yaml'));
  assert.ok(callsOf('docker_build').length >= 2);
  for (const { ref, dockerfile, target, live_update: updates } of callsOf('docker_build')) {
    assert.ok(existsSync(path.join(root, dockerfile)));
    assert.ok(stages().includes(target), target);
    assert.ok(used.includes(ref), ref);
    assert.deepEqual(
      updates.map((update: Call) => update.function),
      ['fall_back_on', 'sync'],
    );
    for (const file of updates[0].files) assert.ok(existsSync(path.join(root, file)), file);
  }
});

test('each resource is a workload of the chart with the values that are given', () => {
  const [helm] = callsOf('helm');
  assert.deepEqual(
    helm?.['values'].map((file: string) => existsSync(path.join(root, file))),
    [true],
  );
  const workloads = rendered(helm?.['values'][0])
    .filter((manifest) => podOf(manifest)?.containers)
    .map(({ metadata }) => metadata.name);
  const named = callsOf('k8s_resource').flatMap(({ workload, resource_deps: deps }) => [
    workload,
    ...(deps ?? []),
  ]);
  assert.ok(named.length >= 5);
  for (const name of named) assert.ok(workloads.includes(name), name);
  for (const { resource } of callsOf('cmd_button')) assert.ok(workloads.includes(resource));
});

test('buttons run programs of this tree on files of it', () => {
  for (const { argv } of callsOf('cmd_button')) {
    const files = argv.filter((one: string) => /^(bin|services)\//.test(one));
    for (const file of files) assert.ok(existsSync(path.join(root, file)), file);
  }
});
