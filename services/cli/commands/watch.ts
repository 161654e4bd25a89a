// watch: events as they happen, of all uploads or of one.
import type { EventMessage, ProgressMessage } from '#core/messages.ts';
import { follow } from '../events.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Session } from '../session.ts';

export function watch({ given, connect, signal, print, display }: Session): Promise<ExitCode> {
  return follow(connect(signal), given.operands[0], {
    onMessage: (message) => {
      if (given.json) print(`${JSON.stringify(message)}\n`);
      else if (message.type !== 'page.progress') print(`${line(message as EventMessage)}\n`);
    },
    onBreak: (why) => display.note(`${why}: going on from the last event`),
    signal,
  });
}

function line({ time, upload_id, type, data }: Exclude<EventMessage, ProgressMessage>): string {
  const told = Object.entries(data).flatMap(([name, value]) =>
    value === null || typeof value === 'object' ? [] : [`${name}=${value}`],
  );
  return [time, upload_id, type, ...told].join('  ');
}
