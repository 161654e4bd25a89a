// kubectl in the namespace of the run.
import { spawn } from 'node:child_process';
import { eventually } from '../services/testing/client.ts';
import type { Cluster } from './cluster.ts';
import { run } from './shell.ts';

/** For pods that come and go, on a machine that others use too. */
export const patience = { seconds: 180 };

export interface Kubectl {
  (...args: readonly string[]): Promise<string>;
  apply(manifest: string): Promise<void>;
  /** Names of the pods of a component that are not on their way out. */
  podsOf(component: string): Promise<string[]>;
  /** Until no pod of theirs is left, those on their way out aside. */
  emptied(...components: readonly string[]): Promise<void>;
  /** Until every replica of a Deployment or StatefulSet is there and ready. */
  settled(...workloads: readonly string[]): Promise<void>;
  /** A port of this machine that leads to the gateway. */
  forward(target: string, port: number): Promise<Forward>;
  /** A port of this machine that leads to the Kubernetes API, for what is asked often. */
  proxy(): Promise<Forward>;
}

export interface Forward {
  readonly url: string;
  stop(): void;
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  }[];
}

export function createKubectl(cluster: Cluster, namespace: string): Kubectl {
  const kubectl = (...args: readonly string[]) =>
    run('kubectl', ['--namespace', namespace, ...args], { env: cluster.env });
  const label = (component: string) => `app.kubernetes.io/component=${component}`;

  async function podsOf(component: string): Promise<string[]> {
    const text = await kubectl('get', 'pods', '-l', label(component), '-o', 'json');
    return (JSON.parse(text) as PodList).items
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name);
  }

  return Object.assign(kubectl, {
    async apply(manifest: string) {
      const args = ['--namespace', namespace, 'apply', '-f', '-'];
      await run('kubectl', args, { env: cluster.env, input: manifest });
    },
    podsOf,
    async emptied(...components: readonly string[]) {
      for (const component of components) {
        const look = async () => (await podsOf(component)).length === 0 || undefined;
        await eventually(look, patience);
      }
    },
    async settled(...workloads: readonly string[]) {
      for (const one of workloads) await kubectl('rollout', 'status', one, '--timeout=180s');
    },
    forward: (target: string, port: number) =>
      startForward(['--namespace', namespace, 'port-forward', target, `:${port}`], cluster),
    proxy: () => startForward(['proxy', '--port=0'], cluster),
  });
}

async function startForward(args: string[], cluster: Cluster): Promise<Forward> {
  const child = spawn('kubectl', args, {
    env: { ...process.env, ...cluster.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const found = /127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error('the port could not be forwarded')));
  });
  return { url: `http://127.0.0.1:${port}`, stop: () => void child.kill() };
}
