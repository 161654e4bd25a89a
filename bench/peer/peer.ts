// Starts and stops the other stack by its own scripts.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Peer {
  readonly url: string;
  /** Where its pid files are. */
  readonly folder: string;
  /** Process of each of its parts, by name. */
  readonly pids: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export async function startPeer(
  scripts: string,
  extra: Readonly<Record<string, string>>,
): Promise<Peer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cricksy-peer-'));
  const options = { env: { ...process.env, ...extra, PEER_RUN: folder }, maxBuffer: 2 ** 26 };
  const stop = async () => {
    await run(path.join(scripts, 'down'), [], options);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { stdout } = await run(path.join(scripts, 'up'), [], options);
    const url = stdout.trim().split('\n').at(-1) ?? '';
    return { url, folder, pids: readPids(folder), stop };
  } catch (error) {
    await stop().catch(() => undefined);
    throw error;
  }
}

function readPids(folder: string): Record<string, number> {
  const files = readdirSync(folder).filter((name) => name.endsWith('.pid'));
  return Object.fromEntries(
    files.map((name) => [
      path.basename(name, '.pid'),
      Number.parseInt(readFileSync(path.join(folder, name), 'utf8'), 10),
    ]),
  );
}
