// The whole contract in one call, for files small enough to pass through the gateway: the same
// initiate, the same bytes in the store, the same complete. A caller that leaves or is not
// patient enough loses nothing: the upload is read all the same.
import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { contentTypes, sniff } from '#core/domain/formats.ts';
import { formatOfType, type ResultFormat, resultTypes } from '#core/domain/results/formats.ts';
import { isUnderWay } from '#core/domain/states.ts';
import { AppError, type ErrorCode, isErrorCode } from '#core/errors.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import {
  type InitiateRequest,
  idempotencyHeaders,
  type OcrQuery,
  ocrQuery,
  resultAnswer,
  uploadAnswer,
} from '#core/messages.ts';
import type { Objects } from '#core/objects/objects.ts';
import type { Hub } from '../live/hub.ts';
import { waitUntilRead } from '../live/wait-until-read.ts';
import { answerResult } from '../result.ts';
import { defineRoute } from '../route.ts';
import { acceptUpload, type CompleteDependencies, completeErrors } from './complete.ts';
import { type AnnounceDependencies, announceErrors, announceUpload } from './initiate.ts';

interface OcrDependencies extends AnnounceDependencies, CompleteDependencies {
  readonly wake: { dispatch(): void; events(): void };
  readonly hub: Pick<Hub, 'join'>;
  readonly objects: Pick<Objects, 'head' | 'get' | 'digest' | 'putFirst'>;
  /** The same as ahead of initiate: who sends files this way has no more of them. */
  readonly limits: readonly RequestHandler[];
  /** Bytes. */
  readonly directMaxBytes: number;
}

/** What a reading may fail with; an attempt that the queue repeats is waited for. */
const readingErrors = [
  'file.corrupt',
  'file.encrypted',
  'file.empty',
  'file.unsupported',
  'file.too_many_pages',
  'page.too_large',
  'page.corrupt',
  'language.unavailable',
  'model.unavailable',
  'task.poison',
  'upload.not_read',
] as const satisfies ErrorCode[];

export function ocrRoute(deps: OcrDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/ocr',
    tag: 'uploads',
    summary: 'Send a small file and get what is read in it, in one call',
    description: `The body is the file (${deps.directMaxBytes} bytes at most), its type the content-type. \`format\`, or else the Accept header, chooses the form of the result. What takes longer than \`wait\` seconds is answered with 202 and the address of the upload, which is read all the same. Sent again with the same \`Idempotency-Key\`, it is the same upload.`,
    before: deps.limits,
    request: {
      query: ocrQuery,
      headers: idempotencyHeaders.extend({ 'content-type': z.string().optional() }),
      bytes: { contentTypes, limit: deps.directMaxBytes },
    },
    responses: {
      200: { description: 'By `format`', schema: resultAnswer, contentTypes: resultTypes },
      202: uploadAnswer,
    },
    errors: ['rate.limited', ...announceErrors, ...completeErrors, ...readingErrors],
    async handle({ query, headers, bytes, request }) {
      const key = headers['idempotency-key'];
      const wish = announcement(query, headers, bytes);
      const announced = await announceUpload(deps, wish, request, key);
      if (announced.status === 'initiated') {
        const { object_key, content_type: contentType } = announced;
        // Of several calls with one key the first one's bytes stay: they may be pinned by now.
        await deps.objects.putFirst(object_key, bytes, { contentType });
      }
      await acceptUpload(deps, announced.id, bytes.length);
      const patience = AbortSignal.timeout(isRead(deps) ? Math.ceil(query.wait * 1_000) : 0);
      const end = AbortSignal.any([patience, request.over]);
      const upload = await waitUntilRead(deps, announced.id, end);
      const location = { location: `/api/uploads/${upload.id}` };
      if (isUnderWay(upload.status)) {
        const body = { upload_id: upload.id, status: upload.status };
        return { status: 202, body, headers: location };
      }
      refuseFailed(upload);
      const answer = await answerResult(deps, upload, query.format ?? preferred(request));
      return { ...answer, headers: { ...answer.headers, ...location } };
    },
  });
}

/** Nobody needs to wait for what is not read now. */
function isRead({ switches, pool }: OcrDependencies): boolean {
  return switches.whyOff('ocr', pool) === undefined;
}

function announcement(
  query: OcrQuery,
  headers: { readonly 'content-type'?: string | undefined },
  bytes: Buffer,
): InitiateRequest {
  const { filename, game_id, user_id, format: _format, wait: _wait, ...options } = query;
  const declared = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  // Programs that do not know what they send say octet-stream.
  const known = declared === 'application/octet-stream' ? undefined : declared;
  return {
    filename: filename ?? 'upload',
    content_type: known ?? sniff(bytes) ?? 'application/octet-stream',
    file_size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    game_id,
    user_id,
    options,
  };
}

function preferred(request: {
  accepts(types: readonly string[]): string | undefined;
}): ResultFormat {
  return formatOfType(request.accepts(resultTypes) ?? '') ?? 'text';
}

/** Throws what the upload failed with. */
function refuseFailed({ id, status, error_code: code, error_message: message }: UploadRow): void {
  if (status !== 'failed') return;
  const details = { upload_id: id };
  throw new AppError(isErrorCode(code) ? code : 'internal', message ?? undefined, { details });
}
