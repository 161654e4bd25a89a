// Everything on one machine with one command: the same gateway and worker as in a cluster, with
// an embedded database and files instead of an object store.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '#core/config.ts';
import { createLifecycle, startFailure } from '#core/lifecycle.ts';
import { createLog } from '#core/log.ts';
import { ChildRefused } from './child.ts';
import { type StandaloneConfig, standaloneConfig } from './config.ts';
import { lockDirectory } from './lock.ts';
import { checkPort } from './port.ts';
import { signingSecret } from './secret.ts';
import { host, startTree } from './tree.ts';

/** What the children of a killed instance may still take to end. */
const leftoverMs = 5_000;

async function main(): Promise<void> {
  const config = readConfig(standaloneConfig, process.env);
  const directory = config.CRICKSY_DATA_DIR;
  const log = createLog({
    service: 'standalone',
    level: config.LOG_LEVEL,
    format: config.CRICKSY_LOG_FORMAT,
  });
  const lifecycle = createLifecycle({ log, partMs: 30_000 });
  mkdirSync(directory, { recursive: true });
  const lock = lockDirectory(directory, process.pid);
  lifecycle.add({ name: 'lock', close: async () => lock.release() });
  await checkPort(config.PORT, host, lock.unclean ? leftoverMs : 0);

  const parts = { env: process.env, secret: signingSecret(directory), log };
  let starting = startTree(config, parts);
  const end = async () => (await starting.catch(() => undefined))?.stop();
  lifecycle.add({ name: 'processes', close: end, hurry: () => void end() });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void lifecycle.stop(signal).then((code) => process.exit(code)));
  }
  try {
    await starting;
    if (lifecycle.stopping) return;
    greet(config, (await starting).engine);
    for (;;) {
      await (await starting).broken;
      if (lifecycle.stopping) return;
      log.error({}, 'the database ended, starting everything again');
      await (await starting).stop();
      starting = startTree(config, parts);
    }
  } catch (error) {
    if (lifecycle.stopping) return;
    await lifecycle.stop('failed');
    throw error;
  }
}

function greet(config: StandaloneConfig, engine: string): void {
  const slots = config.CRICKSY_WORKER_SLOTS;
  const data = path.relative(process.cwd(), config.CRICKSY_DATA_DIR) || '.';
  const port = config.PORT === 8080 ? '' : ` --url http://localhost:${config.PORT}`;
  process.stdout.write(
    [
      '',
      `  Cricksy OCR is open on http://localhost:${config.PORT}`,
      `  ${engine}, ${slots} ${slots === 1 ? 'slot' : 'slots'}, data in ${data}`,
      '',
      '  Read a first picture, in another terminal:',
      `    bin/cricksy-ocr scan services/testing/fixtures/receipt.jpg${port}`,
      '',
      '  Ctrl-C stops it.',
      '',
      '',
    ].join('\n'),
  );
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
