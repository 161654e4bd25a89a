// The same files with nothing around the engine: as many processes as cores, each reading the next.
import { startRunner } from '../engine/start-runner.ts';

/** Files per second. */
export async function measureBare(
  paths: readonly string[],
  count: number,
  processes: number,
): Promise<number> {
  const runners = await Promise.all(
    Array.from({ length: processes }, () => startRunner('ours fast', { core: undefined })),
  );
  const [first = ''] = paths;
  await Promise.all(runners.map((runner) => runner.read(first)));
  let next = 0;
  const started = performance.now();
  await Promise.all(
    runners.map(async (runner) => {
      while (next < count) await runner.read(paths[next++ % paths.length] ?? first);
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  for (const runner of runners) runner.stop();
  return count / seconds;
}
