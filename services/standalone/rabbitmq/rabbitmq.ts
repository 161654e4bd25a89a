// A RabbitMQ node as a child process, on loopback only, with ports, a cookie and a user of its
// own. Its input is a pipe from us: Erlang ends when that does, so a node never outlives its parent.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { tryLock } from '#core/file-lock.ts';
import { findPrograms } from './programs.ts';

export interface RabbitmqOptions {
  /** Holds the data, the password and the log; made if it is not there. */
  readonly directory: string;
  readonly ports: RabbitmqPorts;
  /** Further lines of rabbitmq.conf. */
  readonly settings?: readonly string[];
}

export interface RabbitmqPorts {
  readonly amqp: number;
  /** Between the node and rabbitmqctl, and of the daemon that tells them of each other. */
  readonly distribution: number;
  readonly epmd: number;
}

export interface Rabbitmq {
  /** amqp:// with user and password. */
  readonly url: string;
  /** Resolves when the node has ended, for whatever reason. */
  readonly exited: Promise<void>;
  /** rabbitmqctl; resolves with what it wrote. */
  control(...args: string[]): Promise<string>;
  stop(): Promise<void>;
  /** As a power cut would. */
  kill(): Promise<void>;
}

const user = 'cricksy';
const node = 'cricksy@localhost';
const startMs = 90_000;
const stopMs = 15_000;

export async function startRabbitmq(options: RabbitmqOptions): Promise<Rabbitmq> {
  const { directory, ports } = options;
  const programs = findPrograms();
  mkdirSync(directory, { recursive: true });
  const password = readOrMakePassword(directory);
  writeFileSync(path.join(directory, 'rabbitmq.conf'), settingsOf(options, password));
  const env = environment(options);

  const epmd = spawn('sh', ['-c', '"$0" & read -r _; kill $!; wait', programs.epmd], {
    env,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const epmdExited = once(epmd, 'exit').then(() => undefined);
  // Before the node looks for it, or that would start one that outlives us.
  await accepts(ports.epmd, epmd);
  const server = await launch(programs.server, env, directory).catch((error: unknown) => {
    epmd.stdin.end();
    throw error;
  });
  const exited = once(server, 'exit').then(() => {
    epmd.stdin.end();
    return epmdExited;
  });
  if (!(await accepts(ports.amqp, server))) {
    server.kill('SIGKILL');
    await exited;
    throw new Error(`RabbitMQ did not start:\n${lastLines(directory)}`);
  }
  return {
    url: `amqp://${user}:${password}@127.0.0.1:${ports.amqp}`,
    exited,
    async control(...args) {
      const { stdout } = await promisify(execFile)(programs.control, ['-q', '-n', node, ...args], {
        env,
      });
      return stdout;
    },
    async stop() {
      server.kill('SIGTERM');
      const harder = setTimeout(() => server.kill('SIGKILL'), stopMs);
      await exited;
      clearTimeout(harder);
    },
    async kill() {
      server.kill('SIGKILL');
      await exited;
    },
  };
}

/** Removes what a stopped node has kept, but not its password. */
export function wipeRabbitmq(directory: string): void {
  rmSync(path.join(directory, 'data'), { recursive: true, force: true });
}

function readOrMakePassword(directory: string): string {
  const file = path.join(directory, 'password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

function settingsOf({ ports, settings = [] }: RabbitmqOptions, password: string): string {
  return [
    `listeners.tcp.1 = 127.0.0.1:${ports.amqp}`,
    `default_user = ${user}`,
    `default_pass = ${password}`,
    // The watermarks' defaults would stop a laptop whose disk is nearly full.
    'disk_free_limit.absolute = 50MB',
    ...settings,
    '',
  ].join('\n');
}

function environment({ directory, ports }: RabbitmqOptions): Record<string, string> {
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
    LANG: 'C.UTF-8',
    // The cookie that node and rabbitmqctl share lies here.
    HOME: directory,
    ERL_EPMD_PORT: String(ports.epmd),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_CRASH_DUMP_SECONDS: '0',
    RABBITMQ_NODENAME: node,
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: path.join(directory, 'data'),
    RABBITMQ_FEATURE_FLAGS_FILE: path.join(directory, 'data', 'feature_flags'),
    RABBITMQ_CONFIG_FILE: path.join(directory, 'rabbitmq.conf'),
    // Nothing of the machine's own installation.
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ENABLED_PLUGINS_FILE: path.join(directory, 'enabled_plugins'),
    RABBITMQ_LOG_BASE: directory,
    RABBITMQ_LOGS: '-',
    // The scripts then become the server itself, and it heeds the end of its input.
    RABBITMQ_ALLOW_INPUT: 'true',
  };
}

async function launch(
  program: string,
  env: Record<string, string>,
  directory: string,
): Promise<ChildProcess> {
  const log = openSync(path.join(directory, 'log'), 'a', 0o600);
  // The server inherits it: the next one waits until one whose parent was killed has ended.
  const lock = openSync(path.join(directory, 'lock'), 'a', 0o600);
  try {
    for (const end = performance.now() + stopMs; !tryLock(lock); await sleep(50)) {
      if (performance.now() > end) throw new Error(`another RabbitMQ runs on ${directory}`);
    }
    // Detached: Ctrl-C at a terminal is not for it, it goes last.
    return spawn(program, [], { env, cwd: '/', detached: true, stdio: ['pipe', log, log, lock] });
  } finally {
    closeSync(log);
    closeSync(lock);
  }
}

async function accepts(port: number, program: ChildProcess): Promise<boolean> {
  let gone = false;
  program.once('exit', () => (gone = true));
  program.once('error', () => (gone = true));
  for (const end = performance.now() + startMs; performance.now() < end; await sleep(25)) {
    if (gone) return false;
    const socket = connect(port, '127.0.0.1');
    const open = await once(socket, 'connect').catch(() => undefined);
    socket.destroy();
    if (open) return true;
  }
  return false;
}

function lastLines(directory: string): string {
  return readFileSync(path.join(directory, 'log'), 'utf8').trim().split('\n').slice(-5).join('\n');
}
