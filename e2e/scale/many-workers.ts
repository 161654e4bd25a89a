// What the controller costs with many workers. The pods are played by KWOK and their rows in the ledger
// by us: SIMULATED, no engine runs. Everything else is real: API server, ledger, broker, controller.
import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getJson } from '../../services/testing/client.ts';
import { bound, deployController, reaches } from '../scaling/pool.ts';
import { run } from '../shell.ts';
import { askLedger, helm, release, type World } from '../world.ts';
import { controllerPods, parse, scrape } from './controllers.ts';

const measuredMs = 120_000;
const onFakeNodes = [
  'worker.defaults.nodeSelector.type=kwok',
  'worker.defaults.tolerations[0].key=kwok.x-k8s.io/node',
  'worker.defaults.tolerations[0].operator=Exists',
];

export function thousandWorkers(world: World): Promise<string> {
  return onKwok(world, async () => {
    await deployController(world, ...onFakeNodes, 'worker.defaults.maxReplicas=1000');
    await bound(world, 1000, 1000);
    await reaches(world, 1000, 900);
    return measure(world, 'one pool of 1,000 simulated workers');
  });
}

export function fiftyPools(world: World): Promise<string> {
  return onKwok(world, async () => {
    const pools = Array.from({ length: 49 }, (_, index) => `worker.pools.p${index}.minReplicas=2`);
    await deployController(world, ...onFakeNodes, 'worker.defaults.minReplicas=2', ...pools);
    await reaches(world, 2, 900);
    return measure(world, '50 pools of 2 simulated workers');
  });
}

async function onKwok(world: World, use: () => Promise<string>): Promise<string> {
  await kwok('14');
  try {
    await countApart(world);
    return await use();
  } finally {
    await helm(world, 'uninstall', release, '--wait', '--timeout', '5m');
    // A new install makes new passwords.
    await world.kubectl('delete', 'pvc', '--all');
    await world.kubectl('delete', 'flowschema', world.namespace, '--ignore-not-found');
    await kwok('0');
  }
}

async function kwok(nodes: string): Promise<void> {
  const folder = process.env['CRICKSY_TEST_CLUSTER'];
  assert.ok(folder, 'needs CRICKSY_TEST_CLUSTER, which has KWOK');
  await run(path.join(folder, 'kwok'), [nodes]);
}

/** The API server counts requests by flow, so the controller is given one of its own. */
async function countApart({ kubectl, namespace }: World): Promise<void> {
  const account = { name: `${release}-controller`, namespace };
  await kubectl.apply(
    JSON.stringify({
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'FlowSchema',
      metadata: { name: namespace },
      spec: {
        priorityLevelConfiguration: { name: 'workload-low' },
        matchingPrecedence: 500,
        rules: [
          {
            subjects: [{ kind: 'ServiceAccount', serviceAccount: account }],
            resourceRules: [
              { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] },
            ],
          },
        ],
      },
    }),
  );
}

interface Measured {
  readonly atMs: number;
  readonly metrics: Map<string, number>;
  readonly requests: number;
}

async function measure(world: World, what: string): Promise<string> {
  const proxy = await world.kubectl.proxy();
  const beats = simulate(world, proxy.url);
  try {
    await sleep(20_000);
    const before = await look(world, proxy.url);
    await sleep(measuredMs);
    const after = await look(world, proxy.url);
    const seconds = (after.atMs - before.atMs) / 1000;
    const grown = (name: string) =>
      (after.metrics.get(name) ?? 0) - (before.metrics.get(name) ?? 0);
    const cpu = (100 * grown('process_cpu_seconds_total')) / seconds;
    const memory = (after.metrics.get('process_resident_memory_bytes') ?? 0) / 2 ** 20;
    const perMinute = (60 * (after.requests - before.requests)) / seconds;
    return `${what}: CPU ${cpu.toFixed(1)} % of a core, ${memory.toFixed(0)} MiB, ${perMinute.toFixed(0)} API requests a minute, ${percentile(before, after)}`;
  } finally {
    await beats.stop();
    proxy.stop();
  }
}

async function look(world: World, api: string): Promise<Measured> {
  const [pod] = await controllerPods(world);
  assert.ok(pod, 'no controller runs');
  const metrics = await scrape(api, world, pod.metadata.name);
  const ofServer = parse(await (await fetch(`${api}/metrics`)).text());
  let requests = 0;
  for (const [name, value] of ofServer) {
    const counted = name.startsWith('apiserver_flowcontrol_dispatched_requests_total{');
    if (counted && name.includes(`flow_schema="${world.namespace}"`)) requests += value;
  }
  return { atMs: performance.now(), metrics, requests };
}

/** The bucket that the 99th percentile of looks and decisions is in, over all pools. */
function percentile(before: Measured, after: Measured): string {
  const sums = new Map<number, number>();
  for (const [name, value] of after.metrics) {
    const bound = /^cricksy_ocr_autoscaler_decision_seconds_bucket\{.*le="([^"]+)"/.exec(name)?.[1];
    if (bound === undefined) continue;
    const edge = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
    sums.set(edge, (sums.get(edge) ?? 0) + value - (before.metrics.get(name) ?? 0));
  }
  const edges = [...sums].sort(([a], [b]) => a - b);
  const all = edges.at(-1)?.[1] ?? 0;
  const edge = edges.find(([, count]) => count >= 0.99 * all)?.[0];
  return `${all} reconciles, p99 at most ${edge} s`;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly labels: Record<string, string> };
  }[];
}

/** Rows and heartbeats of workers that have no process, as often as real ones have. */
function simulate(world: World, api: string): { stop(): Promise<void> } {
  let stopped = false;
  const beating = (async () => {
    const selector = encodeURIComponent('app.kubernetes.io/component=worker');
    const address = `${api}/api/v1/namespaces/${world.namespace}/pods?labelSelector=${selector}`;
    const { items } = await getJson<PodList>(address);
    const rows = items.map(
      ({ metadata }) => `('${metadata.name}','${metadata.labels['cricksy.org/pool']}')`,
    );
    await askLedger(
      world,
      `insert into workers (id, name, pool, slots, engine, version) select gen_random_uuid(), name, pool, 1, 'simulated', 'simulated'
         from (values ${rows.join(',')}) as pods (name, pool)`,
    );
    while (!stopped) {
      await askLedger(
        world,
        "update workers set heartbeat_at = now() where engine = 'simulated' and state <> 'stopped'",
      );
      await sleep(5000);
    }
    await askLedger(world, "delete from workers where engine = 'simulated'");
  })();
  beating.catch(() => undefined);
  return {
    async stop() {
      stopped = true;
      await beating;
    },
  };
}
