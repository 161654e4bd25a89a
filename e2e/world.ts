// What a step is given, and what several of them do.
import path from 'node:path';
import type { Cluster } from './cluster.ts';
import type { Kubectl } from './kubectl.ts';
import { run } from './shell.ts';

export interface World {
  readonly cluster: Cluster;
  readonly kubectl: Kubectl;
  readonly namespace: string;
  /** Of the images of this run. */
  readonly tag: string;
  /** Registry of the images, where they are pushed to one. */
  readonly registry: string;
}

export interface Step {
  readonly name: string;
  /** Resolves with a text of what was measured, if anything was. */
  readonly run: (world: World) => Promise<unknown>;
  /** Without it the next steps mean nothing. */
  readonly vital?: true;
}

export const release = 'cricksy-ocr';
export const gateways = `deployment/${release}-gateway`;
export const workers = `deployment/${release}-worker-default`;

export function imageOf({ registry, tag }: World, component: string): string {
  return `${registry === '' ? '' : `${registry}/`}cricksy-ocr-${component}:${tag}`;
}

export function helm({ cluster, namespace }: World, ...args: readonly string[]): Promise<string> {
  // Longer than it waits itself, with the way back.
  const options = { env: cluster.env, timeoutMs: 1_500_000 };
  return run('helm', ['--namespace', namespace, ...args], options);
}

const chart = path.join(import.meta.dirname, '../charts/cricksy-ocr');

/** Installs the chart with everything inside, or changes what is installed; waits until all is ready. */
export async function deploy(world: World, ...settings: readonly string[]): Promise<void> {
  const wait = ['--atomic', '--wait-for-jobs', '--timeout', '10m'];
  await helm(world, 'upgrade', '--install', release, chart, ...values(world, settings), ...wait);
}

/** The Job that restores the newest backup into what `deploy` made with the same settings. */
export function renderRestore(world: World, ...settings: readonly string[]): Promise<string> {
  const only = ['--show-only', 'templates/backup/restore.yaml'];
  const all = values(world, [...settings, 'backup.restore=true']);
  return helm(world, 'template', release, chart, ...all, ...only);
}

function values(world: World, settings: readonly string[]): string[] {
  const all = [
    `image.tag=${world.tag}`,
    `image.registry=${world.registry}`,
    'gateway.replicas=2',
    'autoscaling.mode=none',
    'worker.defaults.replicas=2',
    // What they do not use others may: the cluster is a small one.
    'worker.defaults.requests.cpu=20m',
    ...settings,
  ];
  return ['--values', path.join(chart, 'values-dev.yaml'), '--set', all.join(',')];
}

/** Calls `use` with the API as it is seen from outside. */
export async function throughGateway<T>(
  { kubectl }: World,
  use: (api: string) => Promise<T>,
): Promise<T> {
  const forward = await kubectl.forward(`service/${release}-gateway`, 8080);
  try {
    return await use(forward.url);
  } finally {
    forward.stop();
  }
}

/** Asks the ledger itself; one value, as text. */
export async function askLedger({ kubectl }: World, sql: string): Promise<string> {
  const psql = 'psql -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -tAc "$0"';
  const [database = ''] = await kubectl.podsOf('postgresql');
  const command = ['sh', '-c', `PGPASSWORD="$POSTGRES_PASSWORD" ${psql}`, sql];
  return (await kubectl('exec', database, '--', ...command)).trim();
}

/** A pod that is none of ours and runs a program for Node. */
export async function startStranger(world: World, name: string, program: string): Promise<void> {
  const container = {
    name,
    image: imageOf(world, 'gateway'),
    command: ['node', '-e', program],
    resources: { requests: { cpu: '20m', memory: '64Mi' }, limits: { memory: '256Mi' } },
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  };
  const spec = {
    restartPolicy: 'Never',
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container],
  };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name }, spec };
  await world.kubectl.apply(JSON.stringify(pod));
}
