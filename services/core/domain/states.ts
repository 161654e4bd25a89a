// The life of an upload and of a task, as data. core/ledger moves rows along these edges and
// nothing else does; screens, clients and metrics take their lists from here.

export const uploadStatuses = [
  'initiated',
  'uploaded',
  'processing',
  'parsed',
  'applied',
  'failed',
  'cancelled',
] as const;
export type UploadStatus = (typeof uploadStatuses)[number];

/** True until an upload is read, or will never be. */
export function isUnderWay(status: UploadStatus): boolean {
  return status === 'initiated' || status === 'uploaded' || status === 'processing';
}

export const taskStatuses = [
  'waiting',
  'dispatched',
  'running',
  'done',
  'failed',
  'cancelled',
] as const;
export type TaskStatus = (typeof taskStatuses)[number];

export const pageStatuses = ['waiting', 'done', 'failed'] as const;
export type PageStatus = (typeof pageStatuses)[number];

/** Why an upload was cancelled: a person, the expiry of an upload never completed, or a discarded reading. */
export const cancelReasons = ['requested', 'expired', 'discarded'] as const;
export type CancelReason = (typeof cancelReasons)[number];

/** Statuses in which nothing happens any more unless a person wants it; retention counts from them. */
export const endedStatuses = ['applied', 'failed', 'cancelled'] as const satisfies UploadStatus[];

/** What can be done to many uploads at once. */
export const bulkActions = ['cancel', 'retry', 'delete'] as const;
export type BulkAction = (typeof bulkActions)[number];

/**
 * Tasks that can be listed: those due, in the order of dispatch; those tried again later; those that
 * the broker was told of and nobody has claimed; those being read.
 */
export const taskViews = ['waiting', 'delayed', 'dispatched', 'running'] as const;
export type TaskView = (typeof taskViews)[number];

/**
 * How one attempt at a task ended. `lost`: its worker vanished or its lease ended; `given_back`:
 * the worker shut down or drained first. Only `failed` counts against the task.
 */
export const attemptOutcomes = ['done', 'failed', 'cancelled', 'given_back', 'lost'] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

const uploadMoves: Record<UploadStatus, readonly UploadStatus[]> = {
  initiated: ['uploaded', 'cancelled'],
  uploaded: ['processing', 'failed', 'cancelled'],
  processing: ['parsed', 'failed', 'cancelled'],
  parsed: ['applied', 'uploaded', 'cancelled'],
  applied: [],
  failed: ['uploaded', 'cancelled'],
  cancelled: [],
};

/** True when an upload in `from` may move to `to`. */
export function canMove(from: UploadStatus, to: UploadStatus): boolean {
  return uploadMoves[from].includes(to);
}

/** Statuses from which an upload may move to `to`, for use in a WHERE clause or a message. */
export function statusesBefore(to: UploadStatus): UploadStatus[] {
  return uploadStatuses.filter((from) => canMove(from, to));
}
