import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { safeFileName } from '#core/domain/file-name.ts';
import { contentTypes, isContentType, refusal } from '#core/domain/formats.ts';
import { defaultReadOptions } from '#core/domain/options.ts';
import { AppError, type ErrorCode } from '#core/errors.ts';
import type { Database } from '#core/ledger/database.ts';
import { initiateUpload } from '#core/ledger/uploads/initiate.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import {
  type InitiateRequest,
  idempotencyHeaders,
  initiateAnswer,
  initiateRequest,
} from '#core/messages.ts';
import type { Objects } from '#core/objects/objects.ts';
import type { RequestContext } from '../context.ts';
import { defineRoute } from '../route.ts';
import { refuseWhileOff, type Switches } from '../switches.ts';

export interface AnnounceDependencies {
  readonly db: Database;
  readonly newId: () => string;
  readonly switches: Pick<Switches, 'whyOff'>;
  readonly wake: { events(): void };
  readonly pool: string;
  readonly maxFileBytes: number;
}

/** What `announceUpload` throws. */
export const announceErrors = [
  'uploads.disabled',
  'upload.unsupported_type',
  'upload.too_large',
  'upload.empty',
  'upload.not_found',
  'idempotency.key_reused',
] as const satisfies ErrorCode[];

export function initiateRoute(
  deps: AnnounceDependencies & {
    readonly objects: Pick<Objects, 'presignPut'>;
    /** The rate limit, where there is one. */
    readonly limits: readonly RequestHandler[];
    readonly bucket: string;
    /** Seconds. */
    readonly presignedExpiry: number;
  },
) {
  return defineRoute({
    method: 'post',
    path: '/api/uploads/initiate',
    tag: 'uploads',
    summary: 'Announce a file and get a URL to PUT its bytes to',
    before: deps.limits,
    request: { headers: idempotencyHeaders, body: initiateRequest },
    responses: { 201: initiateAnswer },
    errors: ['rate.limited', ...announceErrors],
    async handle({ headers, body, request }) {
      const upload = await announceUpload(deps, body, request, headers['idempotency-key']);
      const url = await deps.objects.presignPut({
        key: upload.object_key,
        contentType: body.content_type,
        size: body.file_size,
        sha256: body.sha256,
        expiresIn: deps.presignedExpiry,
        origin: request.origin,
      });
      return {
        status: 201,
        body: {
          upload_id: upload.id,
          presigned_url: url,
          s3_bucket: deps.bucket,
          s3_key: upload.object_key,
          expires_in: deps.presignedExpiry,
        },
      };
    },
  });
}

/** The upload, `initiated`, or the one that was initiated with the same key before. */
export async function announceUpload(
  deps: AnnounceDependencies,
  body: InitiateRequest,
  request: RequestContext,
  key?: string,
): Promise<UploadRow> {
  refuseWhileOff(deps.switches);
  refuseUnreadable(body, deps.maxFileBytes);
  const id = deps.newId();
  const options = {
    ...defaultReadOptions,
    priority: 'interactive' as const,
    ...defined(body.options),
  };
  const announced = {
    id,
    principal: request.principal,
    requestId: request.id,
    traceparent: request.traceparent ?? undefined,
    pool: deps.pool,
    filename: body.filename,
    contentType: body.content_type,
    gameId: body.game_id,
    userId: body.user_id,
    declaredSize: body.file_size,
    declaredSha256: body.sha256,
    objectKey: `uploads/${id}/${safeFileName(body.filename)}`,
    ...options,
  };
  const { upload, changed } = await initiateUpload(
    deps.db,
    announced,
    key === undefined ? undefined : { key, fingerprint: fingerprintOf(body) },
  );
  if (changed) deps.wake.events();
  return upload;
}

/** Of the checked body: fields come in the order of the schema, whatever order they were sent in. */
function fingerprintOf(body: InitiateRequest): string {
  return createHash('sha256').update(JSON.stringify(body)).digest('hex');
}

function refuseUnreadable(body: InitiateRequest, maxFileBytes: number): void {
  if (!isContentType(body.content_type)) {
    throw new AppError('upload.unsupported_type', refusal(body.content_type), {
      details: { supported: contentTypes },
    });
  }
  if (body.file_size === 0) throw new AppError('upload.empty');
  if (body.file_size !== undefined && body.file_size > maxFileBytes) {
    throw new AppError(
      'upload.too_large',
      `${body.file_size} bytes are more than ${maxFileBytes}`,
      {
        details: { max_bytes: maxFileBytes },
      },
    );
  }
}

/** Without the fields that are absent, so that a spread keeps the defaults. */
function defined<T extends object>(fields: T | undefined): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
