// Control commands to every worker process and their replies, over NOTIFY.
import type { Log } from '../../log.ts';
import type { ControlCommand, ControlReply } from '../broker.ts';
import type { Queue } from './queue.ts';

export const controlChannel = 'cricksy_control';
export const replyChannel = 'cricksy_reply';

/** NOTIFY takes less than 8000 bytes. */
const mostBytes = 7_500;

interface Call {
  readonly id: string;
  /** The process that waits for replies; absent: none does. */
  readonly from?: string;
  readonly command: ControlCommand;
}

interface Answer {
  readonly to: string;
  readonly id: string;
  readonly reply: ControlReply;
}

export function createControl({
  queue,
  newId,
  log,
}: {
  queue: Queue;
  newId: () => string;
  log: Log;
}) {
  const self = newId();
  const handlers: ((command: ControlCommand) => ControlReply | undefined)[] = [];
  const waiting = new Map<string, (reply: ControlReply) => void>();

  const answer = async (call: Call) => {
    for (const handler of handlers) {
      const reply = handler(call.command);
      if (!reply || !call.from) continue;
      await queue.notify(replyChannel, fitting({ to: call.from, id: call.id, reply }));
    }
  };

  return {
    onCommand(payload: string) {
      answer(JSON.parse(payload) as Call).catch((error: unknown) => {
        log.warn({ error }, 'a control command could not be answered');
      });
    },
    onReply(payload: string) {
      const { to, id, reply } = JSON.parse(payload) as Answer;
      if (to === self) waiting.get(id)?.(reply);
    },
    addHandler(handler: (command: ControlCommand) => ControlReply | undefined) {
      handlers.push(handler);
    },
    async broadcast(command: ControlCommand) {
      const call: Call = { id: newId(), command };
      await queue.notify(controlChannel, JSON.stringify(call));
    },
    async request(
      command: ControlCommand,
      { waitMs, replies }: { waitMs: number; replies?: number },
    ) {
      const call: Call = { id: newId(), from: self, command };
      const got: ControlReply[] = [];
      const { promise: done, resolve } = Promise.withResolvers<void>();
      waiting.set(call.id, (reply) => {
        got.push(reply);
        if (got.length === replies) resolve();
      });
      const timer = setTimeout(resolve, waitMs);
      try {
        await queue.notify(controlChannel, JSON.stringify(call));
        await done;
        return got;
      } finally {
        clearTimeout(timer);
        waiting.delete(call.id);
      }
    },
  };
}

/** Says who answers even when there is more to say than fits. */
function fitting(answer: Answer): string {
  const text = JSON.stringify(answer);
  if (Buffer.byteLength(text) <= mostBytes) return text;
  const reply = { worker_id: answer.reply.worker_id, truncated: true };
  return JSON.stringify({ ...answer, reply });
}
