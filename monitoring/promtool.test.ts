// What Prometheus itself says of the rules: their syntax, and for every alert when it fires and when not.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from './generated.ts';
import { findPrograms } from './testing/prometheus.ts';

const promtool = path.join(await findPrograms(), 'promtool');
const run = promisify(execFile);

test('promtool check rules', async () => {
  const rules = path.join(root, 'k8s/alternatives/prometheus/rules.yaml');
  const { stdout } = await run(promtool, ['check', 'rules', rules]);
  assert.match(stdout, /SUCCESS: \d+ rules found/);
});

for (const name of ['prometheus', 'in-kubernetes']) {
  test(`promtool check config ${name}.yaml`, async (t) => {
    const folder = path.join(root, 'k8s/alternatives/prometheus');
    const copy = await mkdtemp(path.join(tmpdir(), 'cricksy-config-'));
    t.after(() => rm(copy, { recursive: true }));
    await copyFile(path.join(folder, 'rules.yaml'), path.join(copy, 'rules.yaml'));
    const config = await readFile(path.join(folder, `${name}.yaml`), 'utf8');
    // Debian builds its Prometheus without Kubernetes.
    const known = config.replace(/kubernetes_sd_configs: .*/, 'static_configs: []');
    await writeFile(path.join(copy, 'prometheus.yaml'), known);
    const { stdout } = await run(promtool, ['check', 'config', `${copy}/prometheus.yaml`]);
    assert.match(stdout, /SUCCESS: 1 rule files found/);
  });
}

test('promtool test rules: each alert fires when it should and only then', async () => {
  const cases = globSync('monitoring/cases/*.yaml', { cwd: root });
  assert.ok(cases.length > 10);
  const { stdout } = await run(promtool, ['test', 'rules', ...cases], { cwd: root });
  assert.equal(stdout.match(/SUCCESS/g)?.length, cases.length);
});
