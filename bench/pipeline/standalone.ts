// The real process tree of `make run`, on a port and a data directory of its own.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ProcessInfo, processTree } from '../processes.ts';

export interface Standalone {
  readonly url: string;
  readonly pid: number;
  readonly slots: number;
  stop(): Promise<void>;
}

const program = path.join(import.meta.dirname, '../../services/standalone/main.ts');

export async function startStandalone(
  slots: number,
  extra: Record<string, string> = {},
): Promise<Standalone> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cricksy-bench-'));
  const port = await freePort();
  const child = fork(program, {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      CRICKSY_DATA_DIR: path.join(folder, 'data'),
      CRICKSY_WORKER_SLOTS: String(slots),
      CRICKSY_MAX_WORKERS: '1',
      ...extra,
    },
  });
  const ended = once(child, 'exit');
  const open = new Promise<void>((resolve) => {
    let words = '';
    const listen = (text: string) => {
      words += text;
      if (!words.includes('is open on')) return;
      // What it logs from now on is only taken from it.
      child.stdout?.off('data', listen).resume();
      resolve();
    };
    child.stdout?.setEncoding('utf8').on('data', listen);
  });
  const failed = ended.then(() => Promise.reject(new Error('standalone did not start')));
  await Promise.race([open, failed]);
  failed.catch(() => undefined);
  return {
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    slots,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const roles = ['standalone', 'gateway', 'worker', 'engine', 'postgres'] as const;
export type Role = (typeof roles)[number];

export function roleOf({ command }: ProcessInfo): Role {
  const name = /services\/(standalone|gateway|worker\/engine|worker)\/main\.ts/.exec(command)?.[1];
  if (name === 'worker/engine') return 'engine';
  return (name as Role | undefined) ?? 'postgres';
}

/** CPU milliseconds so far of each part; what replaced engines used is the engine's. */
export function cpuByRole(standalone: Standalone): Record<Role, number> {
  const cpu = { standalone: 0, gateway: 0, worker: 0, engine: 0, postgres: 0 };
  for (const one of processTree(standalone.pid)) {
    const role = roleOf(one);
    cpu[role] += one.cpuMs;
    if (role === 'worker') cpu.engine += one.endedCpuMs;
    if (role === 'postgres') cpu.postgres += one.endedCpuMs;
  }
  return cpu;
}

export function difference(after: Record<Role, number>, before: Record<Role, number>) {
  return Object.fromEntries(roles.map((role) => [role, after[role] - before[role]])) as Record<
    Role,
    number
  >;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (typeof address !== 'object' || !address) throw new Error('no port is free');
  return address.port;
}
