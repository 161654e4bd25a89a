// status, apply, cancel, retry: one call for each upload named.
import { readFile } from 'node:fs/promises';
import type { UploadAnswer, UploadStatusAnswer } from '#core/messages.ts';
import { type Api, ApiProblem } from '../api.ts';
import { CommandError, type ExitCode, exitCodes, usable } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export function status(session: Session): Promise<ExitCode> {
  return forEach(session, async (api, id) => {
    const answer = await api.get<UploadStatusAnswer>(path(id, 'status'), 'status');
    return { answer, line: describeUpload(answer) };
  });
}

/** What is applied counts, so a person says that it was reviewed; corrections are of one upload. */
export async function apply(session: Session): Promise<ExitCode> {
  const { operands, confirm, data, version } = session.given;
  if (!confirm)
    throw new CommandError(exitCodes.usage, 'apply needs --confirm: a person has reviewed it');
  if (operands.length > 1 && (data ?? version) !== undefined) {
    throw new CommandError(exitCodes.usage, '--data and --version are of one upload');
  }
  const corrected = data === undefined ? undefined : await readJson(data);
  const decision = {
    confirm: true,
    ...(corrected !== undefined && { validated_data: corrected }),
    ...(version !== undefined && { version }),
  };
  return forEach(session, (api, id) => act(api, id, 'apply', decision));
}

function readJson(file: string): Promise<unknown> {
  return usable(file, async () => JSON.parse(await readFile(file, 'utf8')) as unknown);
}

export function cancel(session: Session): Promise<ExitCode> {
  return forEach(session, (api, id) => act(api, id, 'cancel'));
}

export function retry(session: Session): Promise<ExitCode> {
  const { options, timeLimit, pool } = session.given;
  const differently = {
    ...(Object.keys(options).length > 0 && { options }),
    ...(timeLimit !== undefined && { time_limit: timeLimit }),
    ...(pool !== undefined && { pool }),
  };
  return forEach(session, (api, id) => act(api, id, 'retry', differently));
}

async function act(api: Api, id: string, action: 'apply' | 'cancel' | 'retry', body?: object) {
  const answer = await api.post<UploadAnswer>(path(id, action), 'status', body);
  return { answer, line: answer.status };
}

async function forEach(
  { given, connect, signal, print, display }: Session,
  call: (api: Api, id: string) => Promise<{ answer: object; line: string }>,
): Promise<ExitCode> {
  const api = connect(signal);
  let code: ExitCode = exitCodes.done;
  for (const id of given.operands) {
    try {
      const { answer, line } = await call(api, id);
      print(given.json ? `${JSON.stringify(answer)}\n` : `${id}  ${line}\n`);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      code = exitCodes.failed;
      if (given.json) print(`${JSON.stringify({ upload_id: id, problem: error.problem })}\n`);
      display.note(`${id}: ${error.message}`);
    }
  }
  return code;
}

export function describeUpload(answer: UploadStatusAnswer): string {
  const { filename, status: now, page_count, pages_done, pages_failed, error_message } = answer;
  const pages = page_count === null ? '' : `, ${pages_done} of ${page_count} pages`;
  const failed = pages_failed > 0 ? `, ${pages_failed} failed` : '';
  const why = error_message ? `: ${error_message} (${answer.error_code})` : '';
  return `${filename}  ${now}${pages}${failed}${why}`;
}

function path(id: string, action: string): string {
  return `/api/uploads/${encodeURIComponent(id)}/${action}`;
}
