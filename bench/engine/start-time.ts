// From fork to `ready` with the model loaded, as a slot starts its engine process.
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defaultLimits } from '#core/domain/limits.ts';
import { startEngine } from '../../services/worker/slots/engine-process.ts';

/** Milliseconds, one start after another. */
export async function measureStart(times: number): Promise<number[]> {
  const { engineBytes, pagePixels, pages } = defaultLimits;
  const settings = {
    engine: 'libtesseract',
    tessdata: undefined,
    cache: path.join(tmpdir(), 'cricksy-bench-models'),
    limits: { engineBytes, pagePixels, pages },
  } as const;
  const environment = { PATH: process.env['PATH'] ?? '', OMP_THREAD_LIMIT: '1' };
  const taken: number[] = [];
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    const engine = await startEngine({ settings, environment });
    taken.push(performance.now() - started);
    engine.kill();
    await engine.exited;
  }
  return taken;
}
