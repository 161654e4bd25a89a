// A V8 CPU profile as shares of busy time, by package or folder of ours and by function.

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface Summary {
  readonly program: string;
  readonly parts: readonly (readonly [string, string])[];
  readonly functions: readonly (readonly [string, string])[];
}

export function summariseProfile(json: string): Summary {
  const { nodes, samples, timeDeltas } = JSON.parse(json) as Profile;
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const parts = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const micros = timeDeltas[index] ?? 0;
    if (!frame || ['(idle)', '(root)'].includes(frame.functionName)) continue;
    busy += micros;
    const part = partOf(frame);
    add(parts, part, micros);
    add(functions, `${frame.functionName || '(anonymous)'} (${part})`, micros);
  }
  const urls = nodes.map(({ callFrame }) => callFrame.url);
  const program = ['gateway', 'worker', 'standalone'].find((name) =>
    urls.some((url) => url.endsWith(`services/${name}/main.ts`)),
  );
  return {
    program: program ?? 'other',
    parts: shares(parts, busy),
    functions: shares(functions, busy),
  };
}

function partOf({ functionName, url }: Profile['nodes'][number]['callFrame']): string {
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (packaged) return packaged;
  const own = /services\/(.+)\/[^/]+\.ts$/.exec(url)?.[1];
  if (own) return own;
  return url.startsWith('node:') ? url.split('/').slice(0, 2).join('/') : functionName;
}

function add(to: Map<string, number>, key: string, micros: number): void {
  to.set(key, (to.get(key) ?? 0) + micros);
}

function shares(times: ReadonlyMap<string, number>, busy: number): [string, string][] {
  return [...times]
    .sort(([, a], [, b]) => b - a)
    .map(([name, micros]) => [name, ((100 * micros) / busy).toFixed(1)]);
}
