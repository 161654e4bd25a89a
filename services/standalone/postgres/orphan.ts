// A PostgreSQL whose parent was killed goes on by itself. Before a new one starts on the same
// data it is found by its pid file and stopped; a pid that was given to another program is left alone.
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** After this long a fast shutdown becomes an immediate one; the next start then recovers from the WAL. */
const fastMs = 5_000;

/** Stops the server that still runs on `data`, if one does; returns its pid. */
export async function stopOrphan(data: string): Promise<number | undefined> {
  const file = path.join(data, 'postmaster.pid');
  const pid = readPid(file);
  if (pid === undefined) return undefined;
  if (!runsOn(pid, data)) {
    rmSync(file, { force: true });
    return undefined;
  }
  process.kill(pid, 'SIGINT');
  if (await ends(pid, data, fastMs)) return pid;
  process.kill(pid, 'SIGQUIT');
  if (await ends(pid, data, fastMs)) return pid;
  throw new Error(`a PostgreSQL with pid ${pid} runs on ${data} and does not stop`);
}

function readPid(file: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** A server's working directory is its data directory; where there is no /proc its arguments name it. */
function runsOn(pid: number, data: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === data;
  } catch {
    if (process.platform === 'linux') return false;
  }
  try {
    const args = execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
    return args.includes(data);
  } catch {
    return false;
  }
}

async function ends(pid: number, data: string, withinMs: number): Promise<boolean> {
  for (const end = performance.now() + withinMs; performance.now() < end; await sleep(20)) {
    if (!runsOn(pid, data)) return true;
  }
  return false;
}
