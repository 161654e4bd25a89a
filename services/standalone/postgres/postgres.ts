// The embedded PostgreSQL: a real server as a child process, on loopback only, with a port and
// a password of its own. Everything that can be set is set on the command line, so that a
// newer release of ours changes the settings of an older data directory.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../port.ts';
import { makeSecret, readSecret } from '../secret.ts';
import { type Account, type Command, commandAs, postgresAccount } from './account.ts';
import { findBinaries } from './binaries.ts';
import { stopOrphan } from './orphan.ts';

export interface PostgresOptions {
  /** Holds the data, the password and the server's log; made if it is not there. */
  readonly directory: string;
  /** `off` only for tests: a crash may lose what was committed. */
  readonly fsync: 'on' | 'off';
}

export interface Postgres {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** Fast shutdown: connections are cut, everything is written. */
  stop(): Promise<void>;
}

const superuser = 'cricksy';
const host = '127.0.0.1';
/** Major version of the binaries; the data directory of another one is refused. */
const major = '18';
/** Names of data directories that are being made. */
const draft = 'data.new-';
const startMs = 60_000;
const stopMs = 10_000;

export async function startPostgres({ directory, fsync }: PostgresOptions): Promise<Postgres> {
  const binaries = findBinaries(process.platform, process.arch);
  const account = postgresAccount(process.getuid?.());
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const home = realpathSync(directory);
  const data = path.join(home, 'data');
  const reachable = [binaries.postgres, data];

  await stopOrphan(data);
  removeDrafts(home);
  const password = readOrMakePassword(home, data, account);
  if (!existsSync(path.join(data, 'PG_VERSION')))
    await initialise(home, data, binaries.initdb, account);
  refuseOtherMajor(data);

  for (let tries = 1; ; tries++) {
    const port = await freePort(0, host, 0);
    const args = serverArguments(data, port, fsync);
    const server = launch(commandAs(account, binaries.postgres, args, reachable), home);
    if (await isReady(server, data)) return handle(server, urlOf(port, password));
    // The port may have been taken between our look and its start.
    if (tries === 3) throw new Error(`PostgreSQL did not start:\n${lastLines(home)}`);
  }
}

/** Made anew only while no data depends on it. */
function readOrMakePassword(home: string, data: string, account: Account | undefined): string {
  const file = path.join(home, 'password');
  const password = readSecret(file) || (existsSync(data) ? '' : makeSecret(file, 24));
  if (!password)
    throw new Error(`${file} is empty or missing, and the data need it: bring it back`);
  own(file, account);
  return password;
}

// Into a folder of another name first: one that is half made is never taken for a whole one. A
// name of its own each time, since the initdb of a killed start may still be writing.
async function initialise(
  home: string,
  data: string,
  initdb: string,
  account: Account | undefined,
): Promise<void> {
  const fresh = mkdtempSync(path.join(home, draft));
  own(fresh, account);
  const args = [
    `--pgdata=${fresh}`,
    `--username=${superuser}`,
    `--pwfile=${path.join(home, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--no-locale',
    '--no-instructions',
  ];
  const child = launch(commandAs(account, initdb, args, [initdb, fresh]), home);
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`initdb failed:\n${lastLines(home)}`);
  renameSync(fresh, data);
}

/** What killed starts have left; a program that still writes there ends by that. */
function removeDrafts(home: string): void {
  for (const name of readdirSync(home).filter((one) => one.startsWith(draft))) {
    try {
      rmSync(path.join(home, name), { recursive: true, maxRetries: 3 });
    } catch {
      // Written to in this moment: the next start has another try.
    }
  }
}

function refuseOtherMajor(data: string): void {
  const found = readFileSync(path.join(data, 'PG_VERSION'), 'utf8').trim();
  if (found === major) return;
  throw new Error(
    `${data} was made by PostgreSQL ${found}, this is ${major}: move it away, or dump and restore it`,
  );
}

function serverArguments(data: string, port: number, fsync: string): string[] {
  const settings = {
    listen_addresses: host,
    port,
    unix_socket_directories: '',
    fsync,
    max_connections: 60,
    shared_buffers: '64MB',
    // Small uploads, few connections: what helps big servers only costs memory here.
    max_parallel_workers_per_gather: 0,
    jit: 'off',
    max_wal_size: '256MB',
    log_min_messages: 'warning',
    // A client killed in the middle of a statement frees its locks at once.
    client_connection_check_interval: '1s',
  };
  return [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}

// Detached: Ctrl-C at the terminal reaches every process of the group, and the database must be
// the last to go.
function launch({ file, args, uid, gid }: Command, home: string): ChildProcess {
  const log = openSync(path.join(home, 'log'), 'a', 0o600);
  try {
    return spawn(file, args, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log],
      env: { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/bin:/bin' },
      ...(uid !== undefined && gid !== undefined && { uid, gid }),
    });
  } finally {
    closeSync(log);
  }
}

async function isReady(server: ChildProcess, data: string): Promise<boolean> {
  let gone = false;
  server.once('exit', () => (gone = true));
  server.once('error', () => (gone = true));
  for (const end = performance.now() + startMs; performance.now() < end; await sleep(10)) {
    if (gone) return false;
    if (statusOf(server.pid, data) === 'ready') return true;
  }
  server.kill('SIGQUIT');
  return false;
}

/** The server writes its pid first and its status last into its pid file. */
function statusOf(pid: number | undefined, data: string): string | undefined {
  try {
    const lines = readFileSync(path.join(data, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) ? lines[7]?.trim() : undefined;
  } catch {
    return undefined;
  }
}

function handle(server: ChildProcess, url: string): Postgres {
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  return {
    url,
    pid: server.pid ?? 0,
    exited,
    async stop() {
      server.kill('SIGINT');
      const harder = setTimeout(() => server.kill('SIGQUIT'), stopMs);
      await exited;
      clearTimeout(harder);
    },
  };
}

function urlOf(port: number, password: string): string {
  return `postgresql://${superuser}:${password}@${host}:${port}/postgres`;
}

function own(file: string, account: Account | undefined): void {
  if (!account) return;
  chownSync(file, account.uid, account.gid);
  chmodSync(file, existsSync(path.join(file, '.')) ? 0o700 : 0o600);
}

function lastLines(home: string): string {
  return readFileSync(path.join(home, 'log'), 'utf8').trim().split('\n').slice(-5).join('\n');
}
