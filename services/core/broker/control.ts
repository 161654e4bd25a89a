// Control commands to every process and their replies, over whatever a broker has for it.
import { AppError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Broker, ControlCommand, ControlReply } from './broker.ts';

interface Call {
  readonly id: string;
  /** Where replies go; absent: nobody waits for any. */
  readonly from?: string;
  readonly command: ControlCommand;
}

interface Answer {
  readonly id: string;
  readonly reply: ControlReply;
}

export interface Wire {
  /** Where replies reach this process now. Throws `broker.unavailable` when they could not. */
  address(): Promise<string>;
  /** To every process that listens. */
  broadcast(text: string): Promise<void>;
  reply(to: string, text: string): Promise<void>;
  /** What one reply may have. */
  readonly mostBytes: number;
  newId(): string;
  readonly log: Log;
}

export interface Control extends Pick<Broker, 'broadcast' | 'request'> {
  receive(type: 'command' | 'reply', text: string): void;
  addHandler(handler: (command: ControlCommand) => ControlReply | undefined): void;
}

export function createControl(wire: Wire): Control {
  const handlers: ((command: ControlCommand) => ControlReply | undefined)[] = [];
  const waiting = new Map<string, (reply: ControlReply) => void>();

  const answer = async (call: Call) => {
    for (const handler of handlers) {
      const reply = handler(call.command);
      if (!reply || !call.from) continue;
      await wire.reply(call.from, fitting({ id: call.id, reply }, wire.mostBytes));
    }
  };

  const receive = async (type: 'command' | 'reply', text: string) => {
    const message: unknown = JSON.parse(text);
    if (type === 'command') return answer(message as Call);
    const { id, reply } = message as Answer;
    waiting.get(id)?.(reply);
  };

  return {
    receive(type, text) {
      receive(type, text).catch((error: unknown) => {
        wire.log.warn({ error }, 'a control message could not be dealt with');
      });
    },
    addHandler: (handler) => void handlers.push(handler),
    async broadcast(command) {
      const call: Call = { id: wire.newId(), command };
      await wire.broadcast(JSON.stringify(call));
    },
    async request(command, { waitMs, replies }) {
      const from = await wire.address();
      const call: Call = { id: wire.newId(), from, command };
      const got: ControlReply[] = [];
      const { promise: done, resolve } = Promise.withResolvers<void>();
      waiting.set(call.id, (reply) => {
        got.push(reply);
        if (got.length === replies) resolve();
      });
      try {
        await wire.broadcast(JSON.stringify(call));
        const timer = setTimeout(resolve, waitMs);
        await done;
        clearTimeout(timer);
      } finally {
        waiting.delete(call.id);
      }
      // Silence is taken for absence, so it must not be ours.
      if (got.length === 0 && (await wire.address()) !== from) {
        throw new AppError('broker.unavailable', 'the connection broke while replies were awaited');
      }
      return got;
    },
  };
}

/** Says who answers even when there is more to say than fits. */
function fitting(answer: Answer, mostBytes: number): string {
  const text = JSON.stringify(answer);
  if (Buffer.byteLength(text) <= mostBytes) return text;
  const reply = { worker_id: answer.reply.worker_id, truncated: true };
  return JSON.stringify({ ...answer, reply });
}
