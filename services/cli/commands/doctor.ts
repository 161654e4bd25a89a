// doctor: is everything there that reading an upload takes? As far as the API tells.

import { healthAnswer } from '#core/operation-messages.ts';
import manifest from '../../../package.json' with { type: 'json' };
import type { Api } from '../api.ts';
import { type Answers, diagnose, type Finding } from '../diagnosis.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export async function doctor({ given, connect, signal, print }: Session): Promise<ExitCode> {
  const findings = await examine(connect(signal), given.url);
  for (const finding of findings) {
    print(given.json ? `${JSON.stringify(finding)}\n` : `${line(finding)}\n`);
  }
  return findings.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed;
}

async function examine(api: Api, url: string): Promise<Finding[]> {
  const health = await api.look('/api/health');
  const server = { part: 'server', ok: true, says: url };
  if (health.status === 401) {
    const mend = 'set CRICKSY_API_TOKEN to the token of the server';
    return [server, { part: 'token', ok: false, says: 'missing or not the right one', mend }];
  }
  if (health.status !== 200 && health.status !== 503) {
    const mend = 'is there another program at this address? See --url and CRICKSY_URL';
    return [{ ...server, ok: false, says: `${url} answers ${health.status}`, mend }];
  }
  const known = healthAnswer.safeParse(health.body);
  if (!known.success) {
    const mend = 'is there another program, or a proxy without its server? See --url, CRICKSY_URL';
    return [{ ...server, ok: false, says: `${url} is not Cricksy OCR`, mend }];
  }
  const token = { part: 'token', ok: true, says: 'is taken, or not asked for' };
  const workers = await api.look('/api/workers');
  const replies = await api.look('/api/workers/inspect');
  const answers = {
    health: known.data,
    workers: listOf(workers.body, 'workers'),
    replies: listOf(replies.body, 'replies').length,
    version: manifest.version,
  } as Answers;
  return [server, token, ...diagnose(answers)];
}

/** Without the database there is no list: nobody is known to be alive. */
function listOf(body: unknown, name: string): unknown[] {
  const list = (body as Record<string, unknown>)[name];
  return Array.isArray(list) ? list : [];
}

function line({ ok, part, says, mend }: Finding): string {
  const found = `${ok ? 'ok  ' : 'FAIL'}  ${part.padEnd(9)} ${says}`;
  return mend === undefined ? found : `${found}\n      to mend it: ${mend}`;
}
