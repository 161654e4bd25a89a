// Everything on one machine with one command: the same gateways and workers as in a cluster, with
// servers of our own beside them and files instead of an object store.
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { readConfig, secretsOf } from '#core/config.ts';
import { createLifecycle, type Lifecycle, startFailure } from '#core/lifecycle.ts';
import { createLog, type Log } from '#core/log.ts';
import { ChildRefused } from './child.ts';
import { type StandaloneConfig, standaloneConfig, workerBounds } from './config.ts';
import { makeDataDirectory } from './data-directory.ts';
import { lockDirectory } from './lock.ts';
import { host } from './parts.ts';
import { freePort } from './port.ts';
import { signingSecret } from './secret.ts';
import { startTree } from './tree.ts';

/** What the children of a killed instance may still take to end. */
const leftoverMs = 5_000;

async function main(): Promise<void> {
  const config = readConfig(standaloneConfig, process.env);
  const log = createLog({
    service: 'standalone',
    level: config.LOG_LEVEL,
    format: config.CRICKSY_LOG_FORMAT,
    secrets: secretsOf(config),
  });
  const lifecycle = createLifecycle({ log, partMs: 1000 * config.CRICKSY_SHUTDOWN_GRACE + 30_000 });
  try {
    await run(config, lifecycle, log);
  } catch (error) {
    if (lifecycle.stopping) return;
    await lifecycle.stop('failed');
    throw error;
  }
}

/** Until a signal stops the lifecycle, which ends this process; throws what makes that impossible. */
async function run(config: StandaloneConfig, lifecycle: Lifecycle, log: Log): Promise<void> {
  const directory = config.CRICKSY_DATA_DIR;
  makeDataDirectory(directory);
  const lock = lockDirectory(directory, process.pid);
  lifecycle.add({ name: 'lock', close: async () => lock.release() });
  const patienceMs = lock.unclean ? leftoverMs : 0;
  const ports = [await freePort(config.PORT, host, patienceMs)];
  while (ports.length < config.CRICKSY_GATEWAYS) {
    const next = config.PORT === 0 ? 0 : config.PORT + ports.length;
    ports.push(await freePort(next, host, patienceMs));
  }

  const parts = { env: process.env, ports, secret: signingSecret(directory), log };
  let starting = startTree(config, parts);
  const end = async () => (await starting.catch(() => undefined))?.stop();
  lifecycle.add({ name: 'processes', close: end, hurry: () => void end() });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void lifecycle.stop(signal).then((code) => process.exit(code)));
  }
  for (;;) {
    const tree = await starting;
    await Promise.race([tree.ready.then((engine) => greet(config, ports, engine)), tree.broken]);
    const broken = await tree.broken;
    if (lifecycle.stopping) return;
    log.error({ part: broken }, 'a part ended, starting everything again');
    await tree.abandon();
    if (lifecycle.stopping) return;
    starting = startTree(config, parts);
  }
}

function greet(config: StandaloneConfig, ports: readonly number[], engine: string): void {
  const { min, max } = workerBounds(config, availableParallelism());
  const slots = min * config.CRICKSY_WORKER_SLOTS;
  const more = max > min ? `, up to ${max * config.CRICKSY_WORKER_SLOTS} when much waits` : '';
  const [port] = ports;
  const url = port === 8080 ? '' : ` --url http://localhost:${port}`;
  process.stdout.write(
    [
      '',
      `  Cricksy OCR is open on ${ports.map((one) => `http://localhost:${one}`).join(' and ')}`,
      `  ${engine}, ${slots} ${slots === 1 ? 'slot' : 'slots'}${more}, data in ${shortest(config.CRICKSY_DATA_DIR)}`,
      '',
      '  Read a first picture, in another terminal:',
      `    bin/cricksy-ocr scan services/testing/fixtures/receipt.jpg${url}`,
      '',
      '  Ctrl-C stops it.',
      '',
      '',
    ].join('\n'),
  );
}

/** A folder below this one by its name alone. */
function shortest(folder: string): string {
  const relative = path.relative(process.cwd(), folder);
  return relative.startsWith('..') ? folder : relative || '.';
}

main().catch((error: unknown) => {
  const { line, code } = describe(error);
  process.stderr.write(`${line}\n`);
  process.exit(code);
});

function describe(error: unknown): { line: string; code: number } {
  const failure = startFailure(error);
  // A child has said why in a line of its own; a stack would only hide it.
  if (error instanceof ChildRefused) return { line: error.message, code: 1 };
  if (error instanceof Error && failure.line === error.stack) {
    return { line: error.message, code: 1 };
  }
  return failure;
}
