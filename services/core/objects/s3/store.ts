// Objects in a bucket of any S3-compatible store. Reads of what was pinned carry If-Match, so
// that the store itself refuses bytes that were replaced. No object is held in memory except
// those that callers ask for as a Buffer: results, and the first bytes of an upload.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { AppError, toAppError } from '../../errors.ts';
import { checkKey, checkPrefix } from '../key.ts';
import type { Expected, LocalFile, ObjectHead, Store } from '../objects.ts';
import { answered, answerMs, fileMs, putMs, streamMs, within } from './client.ts';
import { asked, failureOf } from './failures.ts';
import { listPages } from './list.ts';
import { meter } from './meter.ts';

export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  /** Of aws:kms; absent: the account's own key. */
  readonly keyId?: string | undefined;
}

export interface S3StoreOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Of what we write; what clients write directly is encrypted by the bucket's default. */
  readonly encryption?: Encryption | undefined;
  readonly newId: () => string;
}

interface Opening {
  readonly etag?: string | undefined;
  /** Only the first bytes. */
  readonly length?: number;
  /** For all of its bytes. */
  readonly ms: number;
}

export function createS3Store({ client, bucket, encryption, newId }: S3StoreOptions): Store {
  const at = (key: string) => {
    checkKey(key);
    return { Bucket: bucket, Key: key };
  };
  const sse = encryptionFields(encryption);

  const open = async (key: string, { etag, length, ms }: Opening) => {
    const request = new GetObjectCommand({
      ...at(key),
      ...(etag !== undefined && { IfMatch: quote(etag) }),
      ...(length !== undefined && { Range: `bytes=0-${length - 1}` }),
    });
    const answer = await answered(ms, (options) => client.send(request, options));
    return { head: headOf(answer), stream: answer.Body as Readable };
  };

  return {
    async head(key) {
      const request = new HeadObjectCommand({ ...at(key), ChecksumMode: 'ENABLED' });
      try {
        return headOf(await asked(() => client.send(request, within(answerMs))));
      } catch (error) {
        if (error instanceof AppError && error.code === 'objects.not_found') return undefined;
        throw error;
      }
    },
    put: (key, bytes, { contentType }) =>
      asked(async () => {
        const object = { ...at(key), ...sse, Body: bytes, ContentType: contentType };
        const { ETag } = await client.send(new PutObjectCommand(object), within(putMs));
        return { size: bytes.length, etag: unquote(ETag), sha256: undefined };
      }),
    async putFirst(key, bytes, { contentType }) {
      const object = { ...at(key), ...sse, Body: bytes, ContentType: contentType };
      const request = new PutObjectCommand({ ...object, IfNoneMatch: '*' });
      try {
        await asked(() => client.send(request, within(putMs)));
      } catch (error) {
        if (failureOf(toAppError(error).cause).status !== 412) throw error;
      }
    },
    receive: (key, bytes, expected) =>
      asked(async () => {
        const etag = await send({ ...at(key), ...sse }, bytes, expected);
        return { size: expected.size, etag, sha256: expected.sha256 };
      }),
    get: (key, options = {}) =>
      asked(async () => {
        try {
          const { stream } = await open(key, { ...options, ms: fileMs });
          return Buffer.concat(await stream.toArray());
        } catch (error) {
          // No range of an empty object can be satisfied.
          if (failureOf(error).status === 416) return Buffer.alloc(0);
          throw error;
        }
      }),
    openRead: (key, { etag }) => asked(() => open(key, { etag, ms: streamMs })),
    digest: (key, { etag }) =>
      asked(async () => {
        const hash = createHash('sha256');
        const { stream } = await open(key, { etag, ms: fileMs });
        for await (const chunk of stream) hash.update(chunk as Buffer);
        return hash.digest('hex');
      }),
    checkout: (key, { etag, scratch }) =>
      asked(async () => {
        await mkdir(scratch, { recursive: true });
        const { stream } = await open(key, { etag, ms: fileMs });
        const file = path.join(scratch, `${newId()}${path.extname(key)}`);
        const release = () => rm(file, { force: true });
        try {
          await pipeline(stream, createWriteStream(file, { flags: 'wx' }));
        } catch (error) {
          await release();
          throw error;
        }
        return { path: file, release } satisfies LocalFile;
      }),
    list(prefix) {
      checkPrefix(prefix);
      return flat(listPages({ client, bucket, prefix }));
    },
    async deleteAll(prefix) {
      checkPrefix(prefix);
      for await (const page of listPages({ client, bucket, prefix })) {
        const objects = page.map(({ key }) => ({ Key: key }));
        if (objects.length > 0) await asked(() => remove(objects));
      }
    },
    async ping() {
      try {
        await asked(() => client.send(new HeadBucketCommand({ Bucket: bucket }), within(answerMs)));
      } catch (cause) {
        if (!(cause instanceof AppError) || cause.code !== 'objects.not_found') throw cause;
        throw new AppError('objects.unavailable', `there is no bucket ${bucket}`, { cause });
      }
    },
  };

  /** The ETag. The store gets the last bytes when all were counted: nothing else is ever stored. */
  async function send(
    object: PutObjectCommandInput,
    bytes: Readable,
    { size, contentType, sha256 }: Expected,
  ): Promise<string> {
    const { body, refused } = meter(bytes, { size, sha256 });
    const request = new PutObjectCommand({
      ...object,
      Body: body,
      ContentLength: size,
      ContentType: contentType,
      ...(sha256 !== undefined && { ChecksumSHA256: base64(sha256) }),
    });
    const silent = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    body.once('end', () => {
      timer = setTimeout(() => silent.abort(), answerMs);
    });
    try {
      const timeout = AbortSignal.timeout(streamMs);
      const abortSignal = AbortSignal.any([refused, silent.signal, timeout]);
      const { ETag } = await client.send(request, { abortSignal });
      return unquote(ETag);
    } catch (error) {
      throw refused.aborted ? refused.reason : error;
    } finally {
      clearTimeout(timer);
      body.destroy();
    }
  }

  async function remove(objects: { Key: string }[]): Promise<void> {
    const request = { Bucket: bucket, Delete: { Objects: objects, Quiet: true } };
    const { Errors } = await client.send(new DeleteObjectsCommand(request), within(fileMs));
    const [first] = Errors ?? [];
    if (!first) return;
    throw new AppError('objects.unavailable', `an object could not be deleted: ${first.Code}`);
  }
}

type Described = Pick<GetObjectCommandOutput, 'ContentLength' | 'ETag' | 'ChecksumSHA256'> & {
  readonly ChecksumType?: string | undefined;
};

function headOf({ ContentLength, ETag, ChecksumSHA256, ChecksumType }: Described): ObjectHead {
  // A COMPOSITE one is of the parts' checksums, not of the bytes.
  const whole = ChecksumSHA256 !== undefined && ChecksumType !== 'COMPOSITE';
  const sha256 = whole ? Buffer.from(ChecksumSHA256, 'base64').toString('hex') : undefined;
  return { size: ContentLength ?? 0, etag: unquote(ETag), sha256 };
}

function encryptionFields(encryption: Encryption | undefined) {
  if (!encryption) return {};
  return {
    ServerSideEncryption: encryption.algorithm,
    ...(encryption.keyId !== undefined && { SSEKMSKeyId: encryption.keyId }),
  };
}

async function* flat<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T> {
  for await (const page of pages) yield* page;
}

function base64(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64');
}

function quote(etag: string): string {
  return `"${etag}"`;
}

function unquote(etag: string | undefined): string {
  if (!etag) throw new AppError('objects.unavailable', 'the object store gave no ETag');
  return etag.replace(/^"|"$/g, '');
}
