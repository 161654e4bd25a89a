// What crosses the wire about scaling, like messages.ts. Workers are told by their names, which are
// those of pods in a cluster; lists have the newest first.
import { z } from 'zod';

const time = z.iso.datetime();
const pool = z
  .string()
  .min(1)
  .max(200)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'must not contain control characters');
const names = z.array(z.string());

/** `formula` has the numbers in it, `inputs` are all that were looked at, `sentence` is for people. */
export const scaleDecision = z.object({
  id: z.int(),
  decided_at: time,
  wanted: z.int(),
  previous: z.int(),
  reason: z.string(),
  sentence: z.string(),
  formula: z.string(),
  inputs: z.record(z.string(), z.number()),
  /** What could not be read; not empty: nothing changes. */
  missing: z.array(z.string()),
  drained: names,
  undrained: names,
  /** What KEDA and its HPA would have had at that moment, with their defaults. */
  shadow: z.object({ wanted: z.int(), sentence: z.string() }).nullable(),
});
export type ScaleDecision = z.infer<typeof scaleDecision>;

export const scaleDown = z.object({
  lowered_at: time,
  from: z.int(),
  to: z.int(),
  chosen: names,
  /** Null until it is known. */
  went: names.nullable(),
  /** Attempts that it ended without having done them: 0, or something is wrong. */
  terminated_while_busy: z.int(),
});

export const scaledPool = z.object({
  pool: z.string(),
  /** `ready` take work: they are busy or idle. `withdrawn` were drained by somebody else. */
  workers: z.object({
    ready: z.int(),
    busy: z.int(),
    idle: z.int(),
    draining: z.int(),
    withdrawn: z.int(),
  }),
  /** Tasks not finished: waiting in the ledger, ready in the broker, being read. */
  depth: z.object({ waiting: z.int(), dispatched: z.int(), running: z.int() }),
  /** Since the pool is scaled. */
  terminated_while_busy: z.int(),
  /** The newest decision with which the number of workers changed. */
  last_change: scaleDecision.nullable(),
  decisions: z.array(scaleDecision),
  scale_downs: z.array(scaleDown),
});
export type ScaledPool = z.infer<typeof scaledPool>;

export const autoscalerQuery = z.object({ pool: pool.optional() });
export const autoscalerAnswer = z.object({ pools: z.array(scaledPool) });

export const decisionsQuery = z.object({
  pool,
  /** Only those with which the number of workers changed. */
  changed: z.enum(['true', 'false']).default('false'),
  cursor: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
});
export const decisionsAnswer = z.object({
  decisions: z.array(scaleDecision),
  next_cursor: z.int().nullable(),
});
