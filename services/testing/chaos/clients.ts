// Clients as real ones are: they retry what a server or a network fails at, with the same
// Idempotency-Key, ask whichever gateway answers, and some of them go away in the middle.
import { setTimeout as sleep } from 'node:timers/promises';
import type { InitiateAnswer, Problem, UploadStatusAnswer } from '#core/messages.ts';
import type { ClientRecord } from './evidence.ts';
import { pick, type Random } from './random.ts';
import type { Sample } from './samples.ts';

export interface Job {
  readonly key: string;
  readonly sample: Sample;
  /** The step after which this client is never seen again. */
  readonly vanishAfter: 'initiate' | 'half-put' | 'put' | 'complete' | undefined;
  /** A person reviews it. */
  readonly applies: boolean;
  /** It says complete twice at once. */
  readonly impatient: boolean;
}

export interface ClientOptions {
  /** Base URLs of the gateways. */
  readonly gateways: readonly string[];
  readonly random: Random;
  /** After this (performance.now()) it gives up. */
  readonly deadline: number;
}

const answerMs = 15_000;
const pauseMs = 400;
const pollMs = 250;

export async function runClient(job: Job, options: ClientOptions): Promise<ClientRecord> {
  const record = {
    key: job.key,
    sample: job.sample.name,
    uploadIds: [] as string[],
    acknowledged: false,
    applied: false,
    rejected: undefined as string | undefined,
    vanished: false,
  };
  try {
    await goThrough(job, record, options);
  } catch (error) {
    if (error instanceof Refused) record.rejected = error.message;
    else if (error instanceof Vanished) record.vanished = true;
    else throw error;
  }
  return record;
}

type Record_ = { -readonly [K in keyof ClientRecord]: ClientRecord[K] } & { uploadIds: string[] };

async function goThrough(job: Job, record: Record_, options: ClientOptions): Promise<void> {
  const vanishIf = (step: Job['vanishAfter']) => {
    if (job.vanishAfter === step) throw new Vanished();
  };
  const id = await deliver(job, record, options, vanishIf);
  vanishIf('put');
  const complete = () => ask(options, `/api/uploads/${id}/complete`, { method: 'POST' });
  await Promise.all(job.impatient ? [complete(), complete()] : [complete()]);
  record.acknowledged = true;
  vanishIf('complete');
  if (!job.applies) return;
  for (;;) {
    const { status } = (await ask(options, `/api/uploads/${id}/status`)) as UploadStatusAnswer;
    if (status === 'failed' || status === 'cancelled') return;
    if (status === 'parsed' || status === 'applied') break;
    if (performance.now() > options.deadline) return;
    await sleep(pollMs);
  }
  await ask(
    options,
    `/api/uploads/${id}/apply`,
    json({ confirm: true, validated_data: { key: job.key } }),
  );
  record.applied = true;
}

/** Initiate and PUT, both again when the PUT fails: its URL may lead to what is away. */
async function deliver(
  { key, sample, vanishAfter }: Job,
  record: Record_,
  options: ClientOptions,
  vanishIf: (step: Job['vanishAfter']) => void,
): Promise<string> {
  const initiate = {
    ...json({ filename: key, content_type: sample.contentType, file_size: sample.bytes.length }),
  };
  const headers = { ...initiate.headers, 'idempotency-key': key };
  for (;;) {
    const answer = await ask(options, '/api/uploads/initiate', { ...initiate, headers });
    const { upload_id, presigned_url } = answer as InitiateAnswer;
    if (!record.uploadIds.includes(upload_id)) record.uploadIds.push(upload_id);
    vanishIf('initiate');
    if (vanishAfter === 'half-put') await halfPut(presigned_url, sample);
    vanishIf('half-put');
    if (await put(presigned_url, sample)) return upload_id;
    await pause(options);
  }
}

async function put(url: string, { bytes, contentType }: Sample): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'PUT',
      body: new Uint8Array(bytes),
      headers: { 'content-type': contentType },
      signal: AbortSignal.timeout(answerMs),
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

async function halfPut(url: string, { bytes, contentType }: Sample): Promise<void> {
  const gone = new AbortController();
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(half)),
  });
  const headers = { 'content-type': contentType };
  const signal = gone.signal;
  const sending = fetch(url, { method: 'PUT', body, duplex: 'half', headers, signal });
  await sleep(100);
  gone.abort();
  await sending.catch(() => undefined);
}

/** The answer's JSON. Again and again while the network, a 5xx or a 429 says so; any other refusal is final. */
async function ask(options: ClientOptions, path: string, init: RequestInit = {}): Promise<unknown> {
  for (;;) {
    const response = await tryOnce(pick(options.gateways, options.random) + path, init);
    if (response?.ok) return response.body;
    if (response && response.status < 500 && response.status !== 429) {
      throw new Refused(`${response.status} ${(response.body as Problem).code} at ${path}`);
    }
    await pause(options);
  }
}

async function tryOnce(
  url: string,
  init: RequestInit,
): Promise<{ ok: boolean; status: number; body: unknown } | undefined> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(answerMs) });
    return { ok: response.ok, status: response.status, body: await response.json() };
  } catch {
    return undefined;
  }
}

async function pause({ deadline, random }: ClientOptions): Promise<void> {
  if (performance.now() > deadline) throw new Refused('gave up waiting');
  await sleep(pauseMs * (0.5 + random()));
}

function json(body: unknown) {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', body: JSON.stringify(body), headers };
}

/** The system said no, for good. */
class Refused extends Error {}
class Vanished extends Error {}
