// switch, pause, resume: what operators switch off by hand. A pause is OCR switched off: of one pool,
// or of all of them.
import type { z } from 'zod';
import { features } from '#core/domain/features.ts';
import type { SwitchEntry, switchesAnswer } from '#core/operation-messages.ts';
import { CommandError, type ExitCode, exitCodes } from '../exit-codes.ts';
import { describeSwitch } from '../present.ts';
import type { Session } from '../session.ts';

/** Without operands it shows what is on. */
export async function switchFeature(session: Session): Promise<ExitCode> {
  const { operands } = session.given;
  if (operands.length === 0) return listSwitches(session);
  const feature = features.find((one) => one === operands[0]);
  if (!feature || !['on', 'off'].includes(operands[1] ?? '')) {
    throw new CommandError(exitCodes.usage, `switch ${features.join(' or ')}, on or off?`);
  }
  return set(session, `/api/switches/${feature}`, operands[1] === 'on');
}

export function pause(session: Session): Promise<ExitCode> {
  return setPool(session, 'pause');
}

export function resume(session: Session): Promise<ExitCode> {
  return setPool(session, 'resume');
}

async function setPool(session: Session, action: 'pause' | 'resume'): Promise<ExitCode> {
  const [pool] = session.given.operands;
  if (pool === undefined) return set(session, '/api/switches/ocr', action === 'resume');
  const { connect, signal } = session;
  const path = `/api/pools/${encodeURIComponent(pool)}/${action}`;
  return show(session, [await connect(signal).post<SwitchEntry>(path, 'feature', why(session))]);
}

async function set(session: Session, path: string, on: boolean): Promise<ExitCode> {
  const { connect, signal } = session;
  const request = { on, ...why(session) };
  return show(session, [await connect(signal).replace<SwitchEntry>(path, 'feature', request)]);
}

function why({ given, user }: Session) {
  return { by: given.by ?? user, ...(given.reason !== undefined && { reason: given.reason }) };
}

async function listSwitches(session: Session): Promise<ExitCode> {
  const api = session.connect(session.signal);
  const answer = await api.get<z.infer<typeof switchesAnswer>>('/api/switches', 'switches');
  return show(session, answer.switches);
}

function show({ given, print }: Session, entries: readonly SwitchEntry[]): ExitCode {
  for (const entry of entries) {
    print(`${given.json ? JSON.stringify(entry) : describeSwitch(entry)}\n`);
  }
  return exitCodes.done;
}
