// Counts and digests a stream on its way to the store, one chunk behind: the last one is handed
// on when everything is known to be right, so that the store never has all bytes of a wrong file.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { AppError } from '../../errors.ts';
import { cutOff, isCutOff, sizeMismatch } from '../received.ts';

/** `refused` is aborted, with the reason, when `bytes` turn out to be others than expected. */
export function meter(
  bytes: Readable,
  expected: { readonly size: number; readonly sha256?: string | undefined },
): { body: Readable; refused: AbortSignal } {
  const refusal = new AbortController();
  const body = Readable.from(measured(), { objectMode: false });
  body.on('error', (error) => refusal.abort(isCutOff(error) ? cutOff(error) : error));
  return { body, refused: refusal.signal };

  async function* measured(): AsyncGenerator<Buffer> {
    const hash = createHash('sha256');
    let received = 0;
    let held: Buffer | undefined;
    // The source stays open when it is refused: who sends is to be told why.
    for await (const chunk of bytes.iterator({ destroyOnReturn: false })) {
      received += chunk.length;
      if (!(received <= expected.size)) throw sizeMismatch(expected.size, received);
      hash.update(chunk);
      if (held) yield held;
      held = chunk;
    }
    if (received !== expected.size) throw sizeMismatch(expected.size, received);
    if (expected.sha256 !== undefined && expected.sha256 !== hash.digest('hex')) {
      throw new AppError('upload.checksum_mismatch');
    }
    if (held) yield held;
  }
}
