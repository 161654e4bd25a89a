import assert from 'node:assert/strict';
import path from 'node:path';
import { parse } from 'yaml';
import { helm, release, type World } from '../world.ts';

interface PodMonitor {
  readonly spec: {
    readonly selector: {
      readonly matchLabels: Readonly<Record<string, string>>;
      readonly matchExpressions: readonly { readonly key: string; readonly values: string[] }[];
    };
    readonly podMetricsEndpoints: readonly { readonly port: string }[];
  };
}
interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: {
    readonly containers: readonly {
      readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
    }[];
  };
}

const chart = path.join(import.meta.dirname, '../../charts/cricksy-ocr');

/** Who is chosen as Prometheus would choose, and whether each answers on the port that is named. */
export async function monitoring(world: World): Promise<string> {
  const { kubectl, namespace } = world;
  const pods = await chosen(world, await podMonitor(world));
  const components = pods.map(({ pod }) => pod.metadata.labels['app.kubernetes.io/component']);
  for (const component of ['gateway', 'worker']) {
    const there = await kubectl.podsOf(component);
    assert.equal(components.filter((one) => one === component).length, there.length, component);
  }
  for (const { pod, port } of pods) {
    const { name } = pod.metadata;
    assert.ok(port, `${name} has no such port`);
    const address = `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy/metrics`;
    assert.match(await kubectl('get', '--raw', address), /^cricksy_ocr_build_info\{/m, name);
  }
  return `${pods.length} targets`;
}

async function podMonitor(world: World): Promise<PodMonitor> {
  const show = ['--show-only', 'templates/monitoring/podmonitor.yaml'];
  const values = ['--values', path.join(chart, 'values-dev.yaml')];
  const set = ['--set', 'monitoring.podMonitor.enabled=true'];
  return parse(await helm(world, 'template', release, chart, ...values, ...set, ...show));
}

async function chosen({ kubectl }: World, { spec }: PodMonitor) {
  const { matchLabels, matchExpressions } = spec.selector;
  const selector = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, values }) => `${key} in (${values.join(',')})`),
  ].join(',');
  const running = ['--field-selector', 'status.phase=Running', '-o', 'json'];
  const { items } = JSON.parse(await kubectl('get', 'pods', '-l', selector, ...running)) as {
    readonly items: readonly Pod[];
  };
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return staying.map((pod) => {
    const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
    const named = ports.find(({ name }) => name === spec.podMetricsEndpoints[0]?.port);
    return { pod, port: named?.containerPort };
  });
}
