// The names that we use in RabbitMQ, all below `cricksy.`, and the one form of a queue.
// Its arguments never change: an update of ours would meet the old queue with 406. What must
// differ gets another name.
import type { Channel, Replies } from 'amqplib';
import { z } from 'zod';
import type { QueueCounts, TaskMessage } from '../broker.ts';

/** Fan-out to every process of ours. */
export const controlExchange = 'cricksy.control';

export function queueName(pool: string): string {
  return `cricksy.tasks.${pool}`;
}

/** Where commands and replies reach one process, as long as one connection lives. */
export function processQueueName(id: string): string {
  return `cricksy.process.${id}`;
}

/** Declares the queue of a pool, or finds it as it is. */
export async function declareQueue(channel: Channel, pool: string): Promise<QueueCounts> {
  return counts(
    await channel.assertQueue(queueName(pool), {
      durable: true,
      arguments: { 'x-queue-type': 'quorum' },
    }),
  );
}

/** Asks on a channel of its own, which is of no use any more where there is no queue. */
export async function countQueue(channel: Channel, pool: string): Promise<QueueCounts> {
  try {
    return counts(await channel.checkQueue(queueName(pool)));
  } catch (error) {
    if (isNotFound(error)) return { ready: 0, consumers: 0 };
    throw error;
  }
}

/** A message that is held is not counted as ready. */
function counts(found: Replies.AssertQueue): QueueCounts {
  return { ready: found.messageCount, consumers: found.consumerCount };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 404;
}

const taskMessage = z.object({
  task_id: z.uuid(),
  dispatch: z.int(),
  traceparent: z.string().optional(),
});

/** Undefined for what is not ours: anybody with access can put anything into a queue. */
export function parseTask(content: Buffer): TaskMessage | undefined {
  try {
    const { task_id, dispatch, traceparent } = taskMessage.parse(JSON.parse(content.toString()));
    return { task_id, dispatch, traceparent };
  } catch {
    return undefined;
  }
}
