// That skaffold.yaml names what is there. Its own schema is in no package registry, so it is not
// checked here.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { imagesOf, rendered, root, stages } from './inner-loop.ts';

interface Artifact {
  readonly image: string;
  readonly docker: { readonly dockerfile: string; readonly target: string };
  readonly sync?: { readonly manual: readonly { readonly src: string; readonly dest: string }[] };
}
interface Part {
  readonly build?: { readonly artifacts?: readonly Artifact[] };
  readonly deploy?: {
    readonly helm?: {
      readonly releases: readonly { readonly chartPath: string; readonly valuesFiles: string[] }[];
    };
  };
}
interface Config extends Part {
  readonly portForward: readonly { readonly resourceName: string; readonly port: number }[];
  readonly profiles: readonly Part[];
}

const config = parse(readFileSync(path.join(root, 'skaffold.yaml'), 'utf8')) as Config;
const parts = [config, ...config.profiles];
const artifacts = parts.flatMap(({ build }) => build?.artifacts ?? []);
const releases = parts.flatMap(({ deploy }) => deploy?.helm?.releases ?? []);

test('each image is a stage of the Dockerfile, and one that the chart runs', () => {
  const used = imagesOf(rendered('values-dev.yaml'));
  assert.ok(artifacts.length >= 4);
  for (const { image, docker } of artifacts) {
    assert.ok(existsSync(path.join(root, docker.dockerfile)));
    assert.ok(stages().includes(docker.target), docker.target);
    assert.ok(used.includes(image), image);
  }
});

test('sources are copied to where the images for development run from', () => {
  const dockerfile = readFileSync(path.join(root, 'services/Dockerfile'), 'utf8');
  const synced = artifacts.filter(({ sync }) => sync);
  assert.equal(synced.length, 3);
  for (const { docker, sync } of synced) {
    const stage = dockerfile.slice(dockerfile.indexOf(` AS ${docker.target}\n`));
    const [entry = ''] = /^ENTRYPOINT.*$/m.exec(stage) ?? [];
    for (const { src, dest } of sync?.manual ?? []) {
      assert.match(src, /^services\//);
      assert.ok(entry.includes(`cd ${dest} `) && entry.includes('node --watch services/'), entry);
    }
  }
});

test('charts, values and the forwarded service are there', () => {
  assert.ok(releases.length >= 3);
  for (const { chartPath, valuesFiles } of releases) {
    for (const file of [path.join(chartPath, 'Chart.yaml'), ...valuesFiles]) {
      assert.ok(existsSync(path.join(root, file)), file);
    }
  }
  for (const { resourceName, port } of config.portForward) {
    const service = rendered('values-dev.yaml').find(
      ({ kind, metadata }) => kind === 'Service' && metadata.name === resourceName,
    );
    assert.equal(service?.['spec'].ports[0].port, port);
  }
});
