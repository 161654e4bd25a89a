// A client as it is meant to be: keeps its connections, and learns from live events when an
// upload is read instead of asking again and again.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import path from 'node:path';
import { sniff } from '#core/domain/formats.ts';
import type { PageSummary } from '#core/domain/pages.ts';
import type { InitiateAnswer, LiveMessage, UploadStatusAnswer } from '#core/messages.ts';

export interface BenchFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly type: string;
}

export interface Done {
  readonly status: UploadStatusAnswer;
  /** From the request `complete` to the event that tells the end. */
  readonly waitedMs: number;
}

export interface Client {
  upload(file: BenchFile): Promise<Done>;
  /** Several at a time, round robin over the files; resolves with all of them, in the order they ended. */
  uploadAll(files: readonly BenchFile[], count: number, atOnce: number): Promise<Done[]>;
  /** What the engine spent on the first page. */
  stagesOf(id: string): Promise<PageSummary['stages']>;
  close(): void;
}

export function loadFile(file: string): BenchFile {
  const bytes = readFileSync(file);
  return { name: path.basename(file), bytes, type: sniff(bytes) ?? 'application/octet-stream' };
}

export async function connect(url: string): Promise<Client> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const ends = new Map<string, (at: number) => void>();
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/events`);
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as LiveMessage;
    if (!('upload_id' in message)) return;
    if (message.type !== 'upload.parsed' && message.type !== 'upload.failed') return;
    ends.get(message.upload_id ?? '')?.(performance.now());
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error(`no events from ${url}`)));
  });

  const call = (method: string, target: string, body: Uint8Array, type: string) =>
    new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': type, 'content-length': body.length };
      const sent = request(target, { method, agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => {
          if ((response.statusCode ?? 500) < 300) resolve(text);
          else reject(new Error(`${method} ${target}: ${response.statusCode} ${text}`));
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  const json = async <T>(method: string, route: string, body?: unknown) =>
    JSON.parse(
      await call(
        method,
        url + route,
        Buffer.from(body ? JSON.stringify(body) : ''),
        'application/json',
      ),
    ) as T;

  const upload = async ({ name, bytes, type }: BenchFile): Promise<Done> => {
    const { upload_id: id, presigned_url } = await json<InitiateAnswer>(
      'POST',
      '/api/uploads/initiate',
      { filename: name, content_type: type, file_size: bytes.length },
    );
    await call('PUT', presigned_url, bytes, type);
    const end = new Promise<number>((resolve) => ends.set(id, resolve));
    const start = performance.now();
    await json('POST', `/api/uploads/${id}/complete`, {});
    const waitedMs = (await end) - start;
    ends.delete(id);
    const status = await json<UploadStatusAnswer>('GET', `/api/uploads/${id}/status`);
    if (status.status !== 'parsed') throw new Error(`${name}: ${status.error_message}`);
    return { status, waitedMs };
  };

  return {
    upload,
    async uploadAll(files, count, atOnce) {
      const done: Done[] = [];
      let next = 0;
      const one = async () => {
        while (next < count) {
          const file = files[next++ % files.length];
          if (file) done.push(await upload(file));
        }
      };
      await Promise.all(Array.from({ length: Math.min(atOnce, count) }, one));
      return done;
    },
    async stagesOf(id) {
      const { pages } = await json<{ pages: PageSummary[] }>(
        'GET',
        `/api/uploads/${id}/result?format=json`,
      );
      return pages[0]?.stages ?? {};
    },
    close() {
      socket.close();
      agent.destroy();
    },
  };
}
