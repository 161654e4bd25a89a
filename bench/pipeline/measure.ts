// The single measurements on a running standalone.
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryOf, processTree } from '../processes.ts';
import { type BenchFile, connect } from './client.ts';
import { cpuByRole, difference, type Role, roleOf, roles, type Standalone } from './standalone.ts';

/** Clients at once: more than slots, so that the queue is never empty. */
const atOnce = 16;
const idleSeconds = 20;

export interface Throughput {
  readonly perSecond: number;
  readonly cpuPerUpload: Record<Role, number>;
}

export async function measureThroughput(
  standalone: Standalone,
  files: readonly BenchFile[],
  count: number,
): Promise<Throughput> {
  const client = await connect(standalone.url);
  try {
    const before = cpuByRole(standalone);
    const started = performance.now();
    await client.uploadAll(files, count, atOnce);
    const seconds = (performance.now() - started) / 1000;
    await settle();
    const used = difference(cpuByRole(standalone), before);
    return { perSecond: count / seconds, cpuPerUpload: mapRoles((role) => used[role] / count) };
  } finally {
    client.close();
  }
}

/** One after another on an idle system. */
export async function measureLatency(standalone: Standalone, file: BenchFile, count: number) {
  const client = await connect(standalone.url);
  const latencies: { waitedMs: number; engineMs: number }[] = [];
  for (let i = 0; i < count; i++) {
    const { waitedMs, status } = await client.upload(file);
    latencies.push({ waitedMs, engineMs: status.metrics.ocr_ms ?? 0 });
    await sleep(50);
  }
  client.close();
  return latencies;
}

/** The same file by one slot and by two, alternated. */
export async function measurePdf(
  standalones: readonly Standalone[],
  file: BenchFile,
  rounds: number,
) {
  const times = standalones.map(({ slots }) => ({ slots, ms: [] as number[] }));
  for (let round = -1; round < rounds; round++) {
    for (const [index, standalone] of standalones.entries()) {
      const client = await connect(standalone.url);
      const { waitedMs } = await client.upload(file);
      client.close();
      if (round >= 0) times[index]?.ms.push(waitedMs);
    }
  }
  return times;
}

export function measureMemory(standalone: Standalone) {
  const sizes = processTree(standalone.pid).map((one) => ({
    role: roleOf(one),
    mib: memoryOf(one.pid),
  }));
  return roles.flatMap((role) => {
    const own = sizes.filter((size) => size.role === role).map(({ mib }) => mib);
    // The server's many small processes are one thing to a reader.
    if (role !== 'postgres')
      return own.map((mib, i) => ({ name: own.length > 1 ? `${role} ${i + 1}` : role, mib }));
    return [{ name: `postgres (${own.length} processes)`, mib: own.reduce((a, b) => a + b, 0) }];
  });
}

/** CPU milliseconds per second of each part when nobody asks for anything. */
export async function measureIdle(standalone: Standalone): Promise<Record<Role, number>> {
  await sleep(2_000);
  const before = cpuByRole(standalone);
  await sleep(idleSeconds * 1000);
  const used = difference(cpuByRole(standalone), before);
  return mapRoles((role) => used[role] / idleSeconds);
}

/** What the last upload leaves behind, acknowledgements and closed files, belongs to the round. */
async function settle(): Promise<void> {
  await sleep(200);
}

function mapRoles(value: (role: Role) => number): Record<Role, number> {
  return Object.fromEntries(roles.map((role) => [role, value(role)])) as Record<Role, number>;
}
