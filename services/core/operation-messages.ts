// What operators ask and command, as zod schemas beside those of clients (messages.ts).
import { z } from 'zod';
import { features } from './domain/features.ts';
import { taskViews } from './domain/states.ts';
import { label, time } from './message-fields.ts';

export const switchEntry = z.object({
  feature: z.enum(features),
  /** Null: of all pools. */
  pool: z.string().nullable(),
  /** Whether the settings of this gateway permit it at all. */
  allowed: z.boolean(),
  on: z.boolean(),
  /** Who switched it last, and when; null: nobody ever did. */
  changed_by: z.string().nullable(),
  changed_at: time.nullable(),
  reason: z.string().nullable(),
});
export type SwitchEntry = z.infer<typeof switchEntry>;

export const switchesAnswer = z.object({ switches: z.array(switchEntry) });

/** Strict: a misspelt reason would be lost without a word. */
export const pauseRequest = z.strictObject({
  /** Who does it; default: who the token says. */
  by: label.optional(),
  reason: label.optional(),
});
export const switchRequest = pauseRequest.extend({ on: z.boolean() });

const check = z.object({ ok: z.boolean(), ms: z.number(), error: z.string().optional() });

export const healthAnswer = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string(),
  database: check,
  broker: check,
  objects: check,
  /** Tasks not finished: waiting in the ledger, ready in the broker, being read. */
  depth: z.object({ waiting: z.int(), dispatched: z.int(), running: z.int() }).nullable(),
  /** `engines`: what reads, its version, and why it is this one. */
  workers: z
    .object({ active: z.int(), slots: z.int(), busy: z.int(), engines: z.array(z.string()) })
    .nullable(),
  /** What is on: permitted by the settings, and not switched off. */
  features: z.object({ uploads: z.boolean(), ocr: z.boolean() }),
  switches: z.array(switchEntry),
});

export const workerEntry = z.object({
  worker_id: z.uuid(),
  name: z.string(),
  pool: z.string(),
  slots: z.int(),
  busy: z.int(),
  state: z.enum(['active', 'draining', 'stopped']),
  drained: z.boolean(),
  /** Who drains it, why and until when; an operator, a controller, or the worker `itself`. */
  drain_owner: z.string().nullable(),
  drain_reason: z.string().nullable(),
  drain_until: time.nullable(),
  engine: z.string().nullable(),
  version: z.string().nullable(),
  started_at: time,
  heartbeat_at: time,
});
export type WorkerEntry = z.infer<typeof workerEntry>;
export const workersAnswer = z.object({ workers: z.array(workerEntry) });
/** The scaler would end, or put back to work, whom somebody drained in its name. */
const namesOfOurs = ['autoscaler', 'itself'];
export const drainRequest = z.object({
  owner: label
    .refine((owner) => !namesOfOurs.includes(owner), 'is a name of ours')
    .default('operator'),
  reason: label.optional(),
  /** After this the worker undrains itself. */
  seconds: z.int().min(1).max(86_400).default(900),
});
export const workerReplies = z.object({ replies: z.array(z.record(z.string(), z.unknown())) });

/** A task on its way, with what is needed to find its upload. */
export const taskEntry = z.object({
  task_id: z.uuid(),
  upload_id: z.uuid(),
  filename: z.string(),
  pool: z.string(),
  priority: z.string(),
  status: z.enum(['waiting', 'dispatched', 'running']),
  /** Null: the task that opens the file. */
  first_page: z.int().nullable(),
  last_page: z.int().nullable(),
  attempt: z.int(),
  worker: z.string().nullable(),
  created_at: time,
  /** Not before. */
  run_at: time,
  dispatched_at: time.nullable(),
  started_at: time.nullable(),
});
export type TaskEntry = z.infer<typeof taskEntry>;

export const tasksQuery = z.object({
  status: z.enum(taskViews),
  pool: label.optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});
export const tasksAnswer = z.object({ tasks: z.array(taskEntry) });

export const poolEntry = z.object({
  pool: z.string(),
  /** Nothing of it is dispatched, because it or all of OCR is off. */
  paused: z.boolean(),
  /** All that is not finished: `waiting` in the ledger, `ready` in the broker, `unacknowledged` at the workers. */
  depth: z.int(),
  /** In the ledger; `delayed` of them are tried again later. */
  waiting: z.int(),
  delayed: z.int(),
  /** Told to the broker and not claimed yet. */
  dispatched: z.int(),
  running: z.int(),
  /** Of the broker; null while it does not answer or nobody here dispatches to the pool. */
  ready: z.int().nullable(),
  unacknowledged: z.int().nullable(),
  consumers: z.int().nullable(),
  /** Of workers that take work. */
  slots: z.int(),
  /** When the oldest task that is not claimed was made. */
  oldest_at: time.nullable(),
  /** What is dispatched next, in order. */
  next: z.array(taskEntry),
});
export type PoolEntry = z.infer<typeof poolEntry>;

export const queueQuery = z.object({
  /** Tasks shown of each pool. */
  next: z.coerce.number().int().min(0).max(100).default(5),
});
export const queueAnswer = z.object({ pools: z.array(poolEntry) });
