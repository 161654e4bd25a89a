// What crosses the wire between clients and the gateway, as zod schemas (those of operators: operation-messages.ts). The gateway validates
// with them, OpenAPI is made from them, the command line takes its types from them. The forms
// of the upload contract are fixed; the rest grows by new optional fields only.
import { z } from 'zod';
import { contentTypes } from './domain/formats.ts';
import { languagePattern, layouts, modelChoices, models, priorities } from './domain/options.ts';
import { resultFormatNames } from './domain/results/formats.ts';
import { attemptOutcomes, bulkActions, pageStatuses, uploadStatuses } from './domain/states.ts';
import { label, time } from './message-fields.ts';

/** One that PostgreSQL takes as well: it knows no year 0, and no text without an end. */
const askedTime = time.max(40).refine((text) => !text.startsWith('0000'), 'must be after year 0');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits');
export const readOptions = z.strictObject({
  language: z
    .string()
    .regex(languagePattern, 'must be Tesseract language codes joined by +, like eng or eng+hin'),
  model: z.enum(modelChoices),
  layout: z.enum(layouts),
});

export const uploadOptions = readOptions.extend({ priority: z.enum(priorities) });

/** Opaque to us; unique for each principal, so better random than counted. */
export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 visible ASCII characters')
    .optional(),
});

export const initiateRequest = z.object({
  filename: label,
  content_type: z
    .string()
    .max(100)
    .meta({ description: `One of ${contentTypes.join(', ')}`, examples: [...contentTypes] }),
  file_size: z.int().nonnegative().optional(),
  sha256: sha256.optional(),
  game_id: label.optional(),
  user_id: label.optional(),
  options: uploadOptions.partial().optional(),
});
export type InitiateRequest = z.infer<typeof initiateRequest>;

export const initiateAnswer = z.object({
  upload_id: z.uuid(),
  presigned_url: z.url(),
  s3_bucket: z.string(),
  s3_key: z.string(),
  expires_in: z.int(),
});
export type InitiateAnswer = z.infer<typeof initiateAnswer>;

export const completeRequest = z.object({ file_size: z.int().nonnegative().optional() });
export const uploadAnswer = z.object({ upload_id: z.uuid(), status: z.enum(uploadStatuses) });
export type UploadAnswer = z.infer<typeof uploadAnswer>;

const delivery = z.object({
  over: z.number(),
  ball: z.number(),
  bowler: z.string().nullable(),
  batter: z.string().nullable(),
  runs: z.number(),
  extras: z.unknown(),
  wicket: z.unknown(),
});

/** `teams`, `innings` and `deliveries` are null until a scorecard is understood. */
export const parsedPreview = z.object({
  teams: z.array(z.unknown()).nullable(),
  innings: z.array(z.unknown()).nullable(),
  deliveries: z.array(delivery).nullable(),
  metadata: z.object({
    pages: z.int(),
    pages_failed: z.int(),
    words: z.int(),
    mean_confidence: z.number().nullable(),
    language: z.string(),
    model: z.enum(models),
    engine: z.string(),
    engine_version: z.string(),
  }),
});
export type ParsedPreview = z.infer<typeof parsedPreview>;

/** Milliseconds, summed over pages. `wait_ms` runs from complete to the start of reading. */
export const uploadMetrics = z.object({
  ocr_ms: z.number().nullable(),
  ocr_cpu_ms: z.number().nullable(),
  wait_ms: z.number().nullable(),
  total_ms: z.number().nullable(),
});
export type UploadMetrics = z.infer<typeof uploadMetrics>;

export const uploadStatusAnswer = z.object({
  upload_id: z.uuid(),
  status: z.enum(uploadStatuses),
  status_reason: z.string().nullable(),
  filename: z.string(),
  content_type: z.string(),
  file_size: z.int().nullable(),
  game_id: z.string().nullable(),
  user_id: z.string().nullable(),
  options: uploadOptions,
  reading: z.int(),
  page_count: z.int().nullable(),
  pages_done: z.int(),
  pages_failed: z.int(),
  parsed_preview: parsedPreview.nullable(),
  validated_data: z.unknown(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  metrics: uploadMetrics,
  attempts: z.int(),
  version: z.int(),
  created_at: time,
  uploaded_at: time.nullable(),
  started_at: time.nullable(),
  processed_at: time.nullable(),
  applied_at: time.nullable(),
  updated_at: time,
});
export type UploadStatusAnswer = z.infer<typeof uploadStatusAnswer>;

export const pageEntry = z.object({
  number: z.int(),
  status: z.enum(pageStatuses),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  angle: z.number().nullable(),
  source: z.enum(['ocr', 'text-layer']).nullable(),
  word_count: z.int().nullable(),
  mean_confidence: z.number().nullable(),
  ocr_ms: z.number().nullable(),
  has_preview: z.boolean(),
});
export type PageEntry = z.infer<typeof pageEntry>;

export const attemptEntry = z.object({
  task_id: z.uuid(),
  attempt: z.int(),
  worker: z.string(),
  first_page: z.int().nullable(),
  last_page: z.int().nullable(),
  started_at: time,
  ended_at: time.nullable(),
  outcome: z.enum(attemptOutcomes).nullable(),
  error_code: z.string().nullable(),
  error_message: z.string().nullable(),
});
export type AttemptEntry = z.infer<typeof attemptEntry>;

/**
 * `type` is `upload.` and the new status, or `page.done`, `page.failed`, `upload.deleted`; or
 * `switch.changed`, which is of no upload.
 */
export const eventMessage = z.object({
  cursor: z.string(),
  type: z.string(),
  upload_id: z.uuid().nullable(),
  time: time,
  data: z.record(z.string(), z.unknown()),
});
export type EventMessage = z.infer<typeof eventMessage>;

/** Percentages in between; sent live, never stored, so without a cursor. */
export const progressMessage = z.object({
  type: z.literal('page.progress'),
  upload_id: z.uuid(),
  data: z.object({ page: z.int(), percent: z.number() }),
});
export type ProgressMessage = z.infer<typeof progressMessage>;

/** First on every connection: `cursor` resumes from here when nothing else was received. */
export const helloMessage = z.object({ type: z.literal('hello'), cursor: z.string() });
export type HelloMessage = z.infer<typeof helloMessage>;

export type LiveMessage = EventMessage | ProgressMessage | HelloMessage;

export const uploadDetailAnswer = uploadStatusAnswer.extend({
  pages: z.array(pageEntry),
  attempts_log: z.array(attemptEntry),
  timeline: z.array(eventMessage),
});

const uploadFilter = {
  status: z.enum(uploadStatuses).optional(),
  game_id: label.optional(),
  user_id: label.optional(),
  error_code: label.optional(),
  created_after: askedTime.optional(),
  created_before: askedTime.optional(),
};

export const listUploadsQuery = z.object({
  ...uploadFilter,
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type ListUploadsQuery = z.infer<typeof listUploadsQuery>;

export const listUploadsAnswer = z.object({
  uploads: z.array(uploadStatusAnswer),
  next_cursor: z.string().nullable(),
});

/** All of it optional: without anything it is the same reading once more. */
export const retryRequest = z.strictObject({
  options: uploadOptions.partial().optional(),
  /** Seconds that the engine may work on each task before it is asked to stop; the hard limit moves with it. */
  time_limit: z.int().min(1).max(3_600).optional(),
  /** Whose workers are to read it: they may have another engine or more memory. */
  pool: label.optional(),
});
export type RetryRequest = z.infer<typeof retryRequest>;

/** Strict: a filter with a misspelt field must not mean everything. */
export const bulkRequest = z
  .strictObject({
    action: z.enum(bulkActions),
    filter: z.strictObject(uploadFilter),
    /** Of a retry: what is to be different this time. */
    retry: retryRequest.optional(),
    /** Only counts, unless it is said otherwise. */
    dry_run: z.boolean().default(true),
    cursor: z.string().max(200).optional(),
    limit: z.int().min(1).max(500).default(100),
  })
  .refine(({ action, retry }) => action === 'retry' || retry === undefined, {
    path: ['retry'],
    message: 'is only for the action retry',
  });

export const bulkAnswer = z.object({
  action: z.enum(bulkActions),
  dry_run: z.boolean(),
  /** Of a dry run: all uploads that are concerned. */
  matched: z.int().nullable(),
  /** Uploads of this batch that were changed. */
  done: z.int(),
  /** Those that could not be, because somebody else was quicker. */
  skipped: z.array(z.object({ upload_id: z.uuid(), code: z.string() })),
  /** Call again with it for the next batch; null: all were visited. */
  next_cursor: z.string().nullable(),
});

export const orphanEntry = z.object({
  upload_id: z.uuid(),
  objects: z.int(),
  bytes: z.int(),
  newest_at: time,
  first_seen_at: time,
});

const batchLimit = z.int().min(1).max(500).default(100);

export const orphansQuery = z.object({
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

export const orphansAnswer = z.object({
  scan: z.object({ started_at: time.nullable(), ended_at: time.nullable() }),
  /** Orphans are deleted `after_seconds`, counted from when they were first seen; never while paused. */
  deletion: z.object({
    after_seconds: z.int(),
    paused_until: time.nullable(),
    pause_reason: z.string().nullable(),
  }),
  /** Of all of them. */
  count: z.int(),
  bytes: z.int(),
  orphans: z.array(orphanEntry),
  next_cursor: z.string().nullable(),
});

export const scanAnswer = z.object({ status: z.literal('scanning') });

export const adoptRequest = z.strictObject({
  /** Only counts, unless it is said otherwise. */
  dry_run: z.boolean().default(true),
  cursor: z.uuid().optional(),
  limit: batchLimit,
});

export const adoptAnswer = bulkAnswer.omit({ action: true });

export const word = z.object({
  text: z.string(),
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]),
  confidence: z.number(),
  block: z.int(),
  paragraph: z.int(),
  line: z.int(),
});

const stageCost = z.object({ ms: z.number(), cpu_ms: z.number() });

/** Which JPEG shows the page, and how; `orientation` as in EXIF. */
const picture = z.object({
  from: z.enum(['original', 'preview']),
  width: z.int(),
  height: z.int(),
  colours: z.union([z.literal(1), z.literal(3)]),
  orientation: z.int().min(1).max(8),
});

/** One page as the engine read it; see core/domain/pages.ts for units. */
export const pageWordsAnswer = z.object({
  number: z.int(),
  width: z.number(),
  height: z.number(),
  angle: z.number(),
  skew: z.number().default(0),
  source: z.enum(['ocr', 'text-layer']),
  word_count: z.int(),
  mean_confidence: z.number().nullable(),
  language: z.string(),
  model: z.enum(models),
  engine: z.string(),
  engine_version: z.string(),
  stages: z.record(z.string(), stageCost),
  picture: picture.optional(),
  words: z.array(word),
});

export const resultQuery = z.object({ format: z.enum(resultFormatNames).default('text') });

/** `result?format=json`. */
export const resultAnswer = z.object({
  upload_id: z.uuid(),
  reading: z.int(),
  page_count: z.int(),
  pages_failed: z.int(),
  pages: z.array(pageWordsAnswer),
});

/** POST /api/ocr: the file is the body, everything else is said in the address. */
export const ocrQuery = uploadOptions.partial().extend({
  filename: label.optional(),
  game_id: label.optional(),
  user_id: label.optional(),
  /** Default: as Accept prefers, else text. */
  format: z.enum(resultFormatNames).optional(),
  /** Seconds to wait for the result. */
  wait: z.coerce.number().min(0).max(60).default(30),
});
export type OcrQuery = z.infer<typeof ocrQuery>;

export const applyRequest = z.object({
  confirm: z.literal(true, 'must be true: a person has reviewed the preview'),
  validated_data: z.record(z.string(), z.unknown()).optional(),
  /** The version that was reviewed; another one now is `upload.version_conflict`. */
  version: z.int().optional(),
});

/** The ETag of the version that was reviewed; `*` for any. */
export const ifMatchHeaders = z.object({
  'if-match': z
    .string()
    .regex(/^(\*|"\d{1,9}")$/, 'must be an ETag as it was given, like "4", or *')
    .optional(),
});

export const applyAnswer = z.object({
  upload_id: z.uuid(),
  status: z.enum(uploadStatuses),
  applied_at: time,
});

export const readAgainRequest = z.object({ options: uploadOptions.partial().optional() });

export const originalAnswer = z.object({
  url: z.url(),
  filename: z.string(),
  content_type: z.string(),
  expires_in: z.int(),
});

export const eventsQuery = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

/** `cursor` is where the next call goes on, also when there were no events. */
export const eventsAnswer = z.object({
  events: z.array(eventMessage),
  cursor: z.string(),
});

/** RFC 9457, with the stable `code` that clients match and the `advice` that people read. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  advice: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.infer<typeof problem>;
