// The controllers of the release as they look from outside, and how to take one away.
import { release, type World } from '../world.ts';

interface Pod {
  readonly metadata: { readonly name: string };
  readonly status: { readonly podIP?: string };
}

export async function controllerPods({ kubectl }: World): Promise<Pod[]> {
  const label = 'app.kubernetes.io/component=controller';
  const running = '--field-selector=status.phase=Running';
  const text = await kubectl('get', 'pods', '-l', label, running, '-o', 'json');
  return (JSON.parse(text) as { items: Pod[] }).items;
}

/** Name of the pod whose controller holds the Lease. */
export async function leader(world: World): Promise<string | undefined> {
  const of = ['get', 'lease', `${release}-controller`, '-o', 'jsonpath={.spec.holderIdentity}'];
  const holder = await world.kubectl(...of);
  const pods = await controllerPods(world);
  return pods.find(({ metadata }) => holder.startsWith(metadata.name))?.metadata.name;
}

/** SIGKILL, as when memory runs out; where the node cannot be reached, as hard as Kubernetes does it. */
export async function killController(world: World, name: string): Promise<void> {
  const { cluster, kubectl } = world;
  if (!cluster.onNode) {
    await kubectl('delete', 'pod', name, '--grace-period=0', '--force');
    return;
  }
  const script = `for process in /proc/[0-9]*; do
      if tr '\\0' '\\n' 2>/dev/null <$process/environ | grep -qx "CRICKSY_CONTROLLER_ID=$1"; then kill -9 "\${process#/proc/}"; fi
    done`;
  await cluster.onNode(script, name);
}

/** Metrics of a controller: values by name with labels. */
export async function scrape(
  api: string,
  { namespace }: World,
  pod: string,
): Promise<Map<string, number>> {
  const answer = await fetch(
    `${api}/api/v1/namespaces/${namespace}/pods/${pod}:9090/proxy/metrics`,
  );
  if (!answer.ok) throw new Error(`${pod} shows no metrics: ${await answer.text()}`);
  return parse(await answer.text());
}

export function parse(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}
