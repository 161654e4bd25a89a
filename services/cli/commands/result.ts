// result: what was read of uploads that are there already, printed or written as scan does it.
import { mkdir } from 'node:fs/promises';
import type { UploadStatusAnswer } from '#core/messages.ts';
import { type Api, ApiProblem } from '../api.ts';
import { type ExitCode, exitCodes, usable } from '../exit-codes.ts';
import { printResult, resultFiles, writeResult } from '../results.ts';
import type { Session } from '../session.ts';
import type { Scanned } from './scan.ts';

export async function result(session: Session): Promise<ExitCode> {
  const { given, connect, signal, display } = session;
  const { operands: ids, out } = given;
  if (out !== undefined) await usable(out, () => mkdir(out, { recursive: true }));
  const api = connect(signal);
  const found: Scanned[] = [];
  for (const id of ids) found.push(await fetchResult(api, id, given.format));
  const targets = resultFiles(
    found.map(({ file }) => file),
    given,
  );
  for (const [index, one] of found.entries()) {
    const target = targets[index];
    if (one.error) display.note(`${one.upload_id}: ${one.error.message}`);
    if (target !== undefined) await writeResult(one, target);
    printResult(one, { ...session, target, several: ids.length > 1 });
  }
  return found.every(({ error }) => !error) ? exitCodes.done : exitCodes.failed;
}

async function fetchResult(
  api: Pick<Api, 'get' | 'bytes'>,
  id: string,
  format: string,
): Promise<Scanned> {
  const path = `/api/uploads/${encodeURIComponent(id)}`;
  let answer: UploadStatusAnswer | undefined;
  try {
    answer = await api.get<UploadStatusAnswer>(`${path}/status`, 'status');
    const bytes = await api.bytes(`${path}/result?format=${format}`);
    const { filename, status } = answer;
    return { file: filename, upload_id: id, status, answer, error: undefined, result: bytes };
  } catch (thrown) {
    if (!(thrown instanceof ApiProblem)) throw thrown;
    const error = { code: thrown.problem.code, message: thrown.message };
    const status = answer?.status ?? 'refused';
    return {
      file: answer?.filename ?? id,
      upload_id: id,
      status,
      answer,
      error,
      result: undefined,
    };
  }
}
