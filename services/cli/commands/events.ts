// events: what happens, as it happens, of one upload or of everything. Goes on where it was after a break,
// and with --cursor where another one ended.
import type { EventMessage, ProgressMessage } from '#core/messages.ts';
import { follow } from '../events.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export async function events(session: Session): Promise<ExitCode> {
  const { given, connect, signal, print, display } = session;
  let { cursor } = given;
  try {
    return await follow(connect(signal), given.operands[0], {
      cursor,
      onCursor: (reached) => {
        cursor = reached;
      },
      onMessage: (message) => {
        if (given.json) print(`${JSON.stringify(message)}\n`);
        else if (message.type !== 'page.progress') print(`${line(message as EventMessage)}\n`);
      },
      onBreak: display.note,
      signal,
    });
  } finally {
    if (cursor !== undefined && !given.json) display.note(`to go on from here: --cursor ${cursor}`);
  }
}

function line({ time, upload_id, type, data }: Exclude<EventMessage, ProgressMessage>): string {
  const told = Object.entries(data).flatMap(([name, value]) =>
    value === null || typeof value === 'object' ? [] : [`${name}=${value}`],
  );
  return [time, ...(upload_id === null ? [] : [upload_id]), type, ...told].join('  ');
}
