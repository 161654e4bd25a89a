// What a client does, in the words of a test. Every call goes over HTTP.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import type { UploadStatus } from '#core/domain/states.ts';
import type {
  EventMessage,
  InitiateAnswer,
  Problem,
  UploadAnswer,
  UploadStatusAnswer,
  uploadDetailAnswer,
} from '#core/messages.ts';

export interface Sent {
  readonly filename?: string;
  readonly contentType?: string;
  readonly bytes: Uint8Array;
  readonly options?: Record<string, string>;
  readonly [field: string]: unknown;
}

export async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  assert.equal(response.status, 200, `${url}: ${response.status}`);
  return (await response.json()) as T;
}

export async function post(
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  if (body === undefined) return fetch(url, { method: 'POST', headers });
  return fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
}

/** The answer's problem; fails when it has another status or code. */
export async function expectProblem(
  response: Response | Promise<Response>,
  status: number,
  code: string,
): Promise<Problem> {
  const answer = await response;
  const body = (await answer.json()) as Problem;
  assert.deepEqual([answer.status, body.code], [status, code], JSON.stringify(body));
  assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.ok(body.title && body.advice && body.request_id);
  return body;
}

export async function initiate(
  api: string,
  { filename = 'card.jpg', contentType = 'image/jpeg', bytes: _bytes, ...rest }: Partial<Sent> = {},
): Promise<InitiateAnswer> {
  const response = await post(`${api}/api/uploads/initiate`, {
    filename,
    content_type: contentType,
    ...rest,
  });
  assert.equal(response.status, 201, await response.clone().text());
  return (await response.json()) as InitiateAnswer;
}

export function put(url: string, bytes: Uint8Array, contentType = 'image/jpeg'): Promise<Response> {
  const body = new Uint8Array(bytes);
  return fetch(url, { method: 'PUT', body, headers: { 'content-type': contentType } });
}

/** The first half of the contract; resolves with the upload's id. */
export async function send(api: string, sent: Sent): Promise<string> {
  const { upload_id, presigned_url } = await initiate(api, sent);
  const stored = await put(presigned_url, sent.bytes, sent.contentType);
  assert.equal(stored.status, 200, await stored.text());
  const completed = await post(`${api}/api/uploads/${upload_id}/complete`);
  assert.equal(completed.status, 202, await completed.clone().text());
  return ((await completed.json()) as UploadAnswer).upload_id;
}

export function statusOf(api: string, id: string): Promise<UploadStatusAnswer> {
  return getJson(`${api}/api/uploads/${id}/status`);
}

export function detailOf(api: string, id: string): Promise<z.infer<typeof uploadDetailAnswer>> {
  return getJson(`${api}/api/uploads/${id}`);
}

/** Polls until the upload is in that status; fails when it ends in another one, or after a minute. */
export async function until(
  api: string,
  id: string,
  wanted: UploadStatus,
): Promise<UploadStatusAnswer> {
  const final: readonly UploadStatus[] = ['parsed', 'applied', 'failed', 'cancelled'];
  for (const end = performance.now() + 60_000; ; await sleep(25)) {
    const answer = await statusOf(api, id);
    if (answer.status === wanted) return answer;
    const ended = final.includes(answer.status) || performance.now() > end;
    if (ended) assert.fail(`${answer.status} (${answer.error_code}: ${answer.error_message})`);
  }
}

/** Text of the whole upload as it was read. */
export async function resultText(api: string, id: string): Promise<string> {
  return (await fetch(`${api}/api/uploads/${id}/result?format=text`)).text();
}

export async function eventsOf(api: string, id: string): Promise<EventMessage[]> {
  return (await getJson<{ events: EventMessage[] }>(`${api}/api/uploads/${id}/events`)).events;
}

/** Polls until `look` gives something; fails after half a minute, or what is given. */
export async function eventually<T>(
  look: () => Promise<T | undefined>,
  { seconds = 30 }: { seconds?: number } = {},
): Promise<T> {
  for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(20)) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  return assert.fail('it never came');
}
