// Which Kubernetes the product is proven on, and how images get there.
import path from 'node:path';
import { run, works } from './shell.ts';

export interface Cluster {
  readonly name: string;
  /** For kubectl. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes images that were built here available to its pods. */
  deliver(images: readonly string[]): Promise<void>;
  /** Runs a shell script on the node, $1 and so on its arguments; undefined: nobody gets there. */
  readonly onNode: ((script: string, ...args: readonly string[]) => Promise<string>) | undefined;
  /** Ends what was started for this run. */
  stop(): Promise<void>;
}

export const whatIsNeeded =
  'the end-to-end test needs a cluster: KUBECONFIG, or Docker and kind, or CRICKSY_TEST_CLUSTER';

const kindName = 'cricksy-ocr-e2e';
const nothing = async () => undefined;

/** The one of KUBECONFIG, else a kind of its own, else the one of CRICKSY_TEST_CLUSTER. */
export async function findCluster(env: NodeJS.ProcessEnv): Promise<Cluster> {
  const { KUBECONFIG: kubeconfig, CRICKSY_TEST_CLUSTER: folder } = env;
  if (kubeconfig) return given(kubeconfig, folder);
  if ((await works('kind', ['version'])) && (await works('docker', ['info']))) return kind();
  if (folder) return local(folder);
  throw new Error(whatIsNeeded);
}

async function given(kubeconfig: string, folder: string | undefined): Promise<Cluster> {
  const context = (await run('kubectl', ['config', 'current-context'])).trim();
  const own = folder === undefined ? undefined : await local(folder);
  if (own && path.resolve(String(own.env['KUBECONFIG'])) === path.resolve(kubeconfig)) return own;
  const deliver = context.startsWith('kind-') ? loadIntoKind(context.slice(5)) : push;
  return { name: context, env: {}, deliver, onNode: undefined, stop: nothing };
}

async function kind(): Promise<Cluster> {
  const config = path.join(import.meta.dirname, '../k8s/kind.yaml');
  await run('kind', ['create', 'cluster', '--name', kindName, '--config', config, '--wait', '3m']);
  return {
    name: 'kind',
    env: {},
    deliver: loadIntoKind(kindName),
    onNode: (script, ...args) => {
      const shell = ['exec', `${kindName}-control-plane`, 'bash', '-ec', script, 'node'];
      return run('docker', [...shell, ...args]);
    },
    stop: async () => void (await run('kind', ['delete', 'cluster', '--name', kindName])),
  };
}

async function local(folder: string): Promise<Cluster> {
  // The second file knows where its programs (kubectl, helm) are, also when the cluster runs already.
  const script = 'eval "$("$0/up")" && . "$0/lib.sh" && printf "%s\\n%s" "$KUBECONFIG" "$PATH"';
  const [config = '', search = ''] = (
    await run('bash', ['-ec', script, folder], { timeoutMs: 2_400_000 })
  ).split('\n');
  await run(path.join(folder, 'images'), [], { timeoutMs: 2_400_000 });
  return {
    name: 'the test cluster',
    env: { KUBECONFIG: config, PATH: search },
    deliver: async (images) => {
      await run(path.join(folder, 'load'), images);
    },
    onNode: (script, ...args) => {
      const outside = '. "$0/lib.sh"; script=$1; shift; in_node bash -ec "$script" node "$@"';
      return run('bash', ['-ec', outside, folder, script, ...args]);
    },
    stop: nothing,
  };
}

function loadIntoKind(name: string) {
  return async (images: readonly string[]) => {
    await run('kind', ['load', 'docker-image', '--name', name, ...images]);
  };
}

/** IMAGE_PREFIX names a registry that the cluster pulls from. */
async function push(images: readonly string[]): Promise<void> {
  const engine = (await works('docker', ['info'])) ? 'docker' : 'podman';
  for (const image of images) await run(engine, ['push', image]);
}
