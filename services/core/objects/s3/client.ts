// The connection to an S3-compatible store, bounded on every side: attempts, connections, and
// the time in which something has to happen. A store that is away is known to be within seconds.
import { S3Client } from '@aws-sdk/client-s3';
import type { Log } from '../../log.ts';

export interface S3Connection {
  /** URL of the store; absent: AWS, in `region`. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** The bucket in the path, not in the host name: what most stores beside AWS want. */
  readonly pathStyle: boolean;
  /** Absent: the chain of the SDK, from the environment to web identity (IRSA) and the machine's role. */
  readonly credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
  readonly log: Log;
}

/** Also bounds the wait for a free connection. */
const connectMs = 3_000;
/** Neither a byte sent nor received; slow clients make streams pause longer than stores do. */
const idleMs = 20_000;
const connections = 100;

/** Milliseconds in which a store has answered, whatever the attempts; and in which bytes have come or gone. */
export const answerMs = 5_000;
export const putMs = 20_000;
export const fileMs = 60_000;
/** At the pace of a client of ours. */
export const streamMs = 300_000;

/** Ends a call that has no answer in time. */
export function within(ms: number): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(ms) };
}

/** Ends a call that has no answer in time, or whose bytes are not there after `bytesMs`. */
export async function answered<T>(
  bytesMs: number,
  call: (options: { abortSignal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), answerMs);
  try {
    const abortSignal = AbortSignal.any([silent.signal, AbortSignal.timeout(bytesMs)]);
    return await call({ abortSignal });
  } finally {
    clearTimeout(timer);
  }
}

export function createS3Client({ endpoint, credentials, ...options }: S3Connection): S3Client {
  const { log } = options;
  const warn = (text: string) => log.warn({ text }, 'the object store client warns');
  const quiet = () => undefined;
  const logger = { trace: quiet, debug: quiet, info: quiet, warn, error: warn };
  return new S3Client({
    region: options.region,
    forcePathStyle: options.pathStyle,
    ...(endpoint && { endpoint }),
    ...(credentials && { credentials }),
    // Presigned PUTs would carry the checksum of an empty body, and not every store knows them all.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 3,
    // What it warns of, beside a busy pool, we are told by errors.
    logger: { ...logger, warn: quiet, error: quiet },
    requestHandler: {
      connectionTimeout: connectMs,
      socketTimeout: idleMs,
      httpAgent: { maxSockets: connections },
      httpsAgent: { maxSockets: connections },
      logger,
    },
  });
}
