// The engine process: opens users' bytes, and nothing else does. Started by a slot, talked to
// over IPC, killed at any moment. It has no secrets and a bound on its memory.
import { defaultReadOptions } from '#core/domain/options.ts';
import { AppError, toAppError } from '#core/errors.ts';
import { dieWithParent, limitMemory } from './containment.ts';
import type { EngineReply, EngineRequest, EngineSettings } from './protocol.ts';
import { type OpenFile, openFile } from './read-file.ts';
import { openRecogniser } from './recognisers.ts';
import { releaseMemory } from './release-memory.ts';

const settings = JSON.parse(process.argv[2] ?? '') as EngineSettings;
dieWithParent();
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole group; when this process ends, its slot decides.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});

const { recogniser, reason } = await open();
limitMemory(settings.limits.engineBytes);

let file: OpenFile | undefined;
let stop = new AbortController();

process.on('message', (request: EngineRequest) => {
  if (request.type === 'stop') stop.abort(new AppError('engine.time_limit'));
  else void answer(request);
});
send({ type: 'ready', engine: recogniser.name, version: recogniser.version, reason });

async function open() {
  try {
    const opened = openRecogniser(settings);
    for (const language of settings.languages ?? []) {
      await opened.recogniser.prepare({ ...defaultReadOptions, language });
    }
    await opened.recogniser.prepare(defaultReadOptions);
    return opened;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await new Promise((sent) => process.send?.({ type: 'unavailable', message }, sent));
    process.exit(1);
  }
}

type Question = Exclude<EngineRequest, { type: 'stop' }>;

async function answer(question: Question): Promise<void> {
  try {
    send(await handle(question));
  } catch (thrown) {
    const error = toAppError(thrown);
    // Out of memory, or a bug: nothing here is to be trusted after it, and what was taken is freed.
    if (error.code === 'internal' || error.code === 'engine.crashed') throw thrown;
    send({ type: 'error', code: error.code, message: error.message });
  }
}

async function handle(question: Question): Promise<EngineReply> {
  switch (question.type) {
    case 'open':
      stop = new AbortController();
      file = await openFile(question.request, recogniser, settings.limits);
      return { type: 'opened', pageCount: file.pageCount };
    case 'page': {
      if (!file) throw new Error('no file is open');
      const watch = { signal: stop.signal, onPercent };
      return { type: 'page', reading: await file.readPage(question.number, watch) };
    }
    case 'close':
      file?.close();
      file = undefined;
      return { type: 'closed', rss: await releaseMemory() };
  }
}

function onPercent(percent: number): void {
  send({ type: 'percent', percent });
}

function send(reply: EngineReply): void {
  process.send?.(reply);
}
