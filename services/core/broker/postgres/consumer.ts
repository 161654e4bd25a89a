// One consumer: takes as many messages as it may hold, again when one is acknowledged or when it
// is woken. Never asks an empty queue twice in a row.
import type { Log } from '../../log.ts';
import type { Consumer, Delivery } from '../broker.ts';
import type { Queue, TakenMessage } from './queue.ts';

export interface PostgresConsumer extends Consumer {
  readonly pool: string;
  /** There may be messages. */
  wake(): void;
  /** A new session: what the old one held has gone back to the queue. */
  begin(session: number): void;
  giveBackAll(): Promise<void>;
}

export function createConsumer(deps: {
  readonly queue: Queue;
  readonly pool: string;
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
  readonly wakeOthers: (pool: string) => Promise<void>;
  readonly log: Log;
}): PostgresConsumer {
  const { queue, pool, log } = deps;
  const open = new Map<number, Delivery>();
  let session: number | undefined;
  let stopped = false;
  let mayHaveMore = true;
  let pumping: Promise<void> | undefined;

  const pump = () => {
    pumping ??= pumpUntilEmpty().finally(() => {
      pumping = undefined;
      // Woken or acknowledged between the last look and now.
      if (canTake()) pump();
    });
  };
  const canTake = () =>
    !stopped && mayHaveMore && session !== undefined && open.size < deps.prefetch;

  const pumpUntilEmpty = async () => {
    while (canTake() && session !== undefined) {
      const room = deps.prefetch - open.size;
      const taker = session;
      mayHaveMore = false;
      try {
        const taken = await queue.take(pool, taker, room);
        if (taken.length === room) mayHaveMore = true;
        for (const message of taken) accept(message, taker);
      } catch (error) {
        // The session will break as well, and the next one begins with a look.
        log.warn({ error }, 'messages could not be taken');
        return;
      }
    }
  };

  const accept = ({ id, redelivered, ...message }: TakenMessage, holder: number) => {
    if (holder !== session) return; // went back to the queue with its session
    const end = async (how: 'remove' | 'release') => {
      if (open.get(id) !== delivery) return;
      open.delete(id);
      try {
        await queue[how](id, holder);
        if (how === 'release') await deps.wakeOthers(pool);
      } catch (error) {
        // It will be delivered again and dropped at the claim.
        log.warn({ error }, 'a message could not be settled');
      }
      pump();
    };
    const delivery: Delivery = {
      message: { ...message, traceparent: message.traceparent ?? undefined },
      redelivered,
      ack: () => end('remove'),
      giveBack: () => end('release'),
    };
    open.set(id, delivery);
    deps.onDelivery(delivery);
  };

  return {
    pool,
    wake() {
      mayHaveMore = true;
      if (canTake()) pump();
    },
    begin(fresh) {
      session = fresh;
      open.clear();
      mayHaveMore = true;
      if (canTake()) pump();
    },
    async stop() {
      stopped = true;
      await pumping;
      if (session !== undefined) {
        await queue.unsetConsuming(session, pool).catch((error: unknown) => {
          log.warn({ error }, 'a consumer could not be signed off');
        });
      }
    },
    async giveBackAll() {
      await Promise.all([...open.values()].map((delivery) => delivery.giveBack()));
    },
  };
}
