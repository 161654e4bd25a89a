// The first half of the contract: initiate, PUT, complete.
import { randomUUID } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { sniff, sniffBytes } from '#core/domain/formats.ts';
import { asLabel } from '#core/domain/label.ts';
import type { InitiateAnswer, UploadAnswer } from '#core/messages.ts';
import type { Api } from './api.ts';
import type { Arguments } from './arguments.ts';
import { usable } from './exit-codes.ts';

/** The upload's id, its bytes sent and its reading queued. */
export async function upload(
  file: string,
  api: Pick<Api, 'post' | 'put'>,
  options: {
    readonly given: Pick<Arguments, 'gameId' | 'userId' | 'options'>;
    readonly onStep: (step: string) => void;
    readonly onInitiated: (uploadId: string) => void;
  },
): Promise<string> {
  const { given, onStep } = options;
  const { bytes, contentType } = await usable(file, () => inspect(file));
  onStep('sending');
  const wish = {
    filename: asLabel(path.basename(file)),
    content_type: contentType,
    file_size: bytes.size,
    options: given.options,
    ...(given.gameId && { game_id: given.gameId }),
    ...(given.userId && { user_id: given.userId }),
  };
  // When its answer is lost it is sent again, which must not make another upload.
  const key = { 'idempotency-key': randomUUID() };
  const answer = await api.post<InitiateAnswer>(
    '/api/uploads/initiate',
    'presigned_url',
    wish,
    key,
  );
  options.onInitiated(answer.upload_id);
  await api.put(answer.presigned_url, bytes, contentType);
  await api.post<UploadAnswer>(`/api/uploads/${answer.upload_id}/complete`, 'status', {});
  onStep('waiting');
  return answer.upload_id;
}

/** The type by the first bytes; the server refuses by name what it does not read. */
async function inspect(file: string): Promise<{ bytes: Blob; contentType: string }> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(sniffBytes), 0, sniffBytes, 0);
    const contentType = sniff(buffer.subarray(0, bytesRead)) ?? 'application/octet-stream';
    return { bytes: await openAsBlob(file), contentType };
  } finally {
    await handle.close();
  }
}
