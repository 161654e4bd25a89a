// Rows of the ledger as the API shows them.
import { pageCost } from '#core/domain/parsed-preview.ts';
import type { ListedTask } from '#core/ledger/tasks/queue.ts';
import type { AttemptRow, PageRow } from '#core/ledger/uploads/get-detail.ts';
import type { UploadRow } from '#core/ledger/uploads/upload.ts';
import type { WorkerRow } from '#core/ledger/workers/list.ts';
import type { AttemptEntry, PageEntry, UploadMetrics, UploadStatusAnswer } from '#core/messages.ts';
import type { TaskEntry, WorkerEntry } from '#core/operation-messages.ts';

export function presentUpload(upload: UploadRow): UploadStatusAnswer {
  return {
    upload_id: upload.id,
    status: upload.status,
    status_reason: upload.status_reason,
    filename: upload.filename,
    content_type: upload.content_type,
    file_size: upload.object_size ?? upload.declared_size,
    game_id: upload.game_id,
    user_id: upload.user_id,
    options: {
      language: upload.language,
      model: upload.model,
      layout: upload.layout,
      priority: upload.priority,
    },
    reading: upload.reading,
    page_count: upload.page_count,
    pages_done: upload.pages_done,
    pages_failed: upload.pages_failed,
    parsed_preview: upload.preview,
    validated_data: upload.validated_data,
    error_code: upload.error_code,
    error_message: upload.error_message,
    metrics: presentMetrics(upload),
    attempts: upload.attempts,
    version: upload.version,
    created_at: upload.created_at.toISOString(),
    uploaded_at: iso(upload.uploaded_at),
    started_at: iso(upload.started_at),
    processed_at: iso(upload.processed_at),
    applied_at: iso(upload.applied_at),
    updated_at: upload.updated_at.toISOString(),
  };
}

function presentMetrics(upload: UploadRow): UploadMetrics {
  return {
    ocr_ms: rounded(upload.ocr_ms),
    ocr_cpu_ms: rounded(upload.ocr_cpu_ms),
    wait_ms: between(upload.uploaded_at, upload.started_at),
    total_ms: between(upload.uploaded_at, upload.processed_at),
  };
}

export function presentPage(page: PageRow): PageEntry {
  const { summary } = page;
  return {
    number: page.number,
    status: page.status,
    error_code: page.error_code,
    error_message: page.error_message,
    width: summary?.width ?? null,
    height: summary?.height ?? null,
    angle: summary?.angle ?? null,
    source: summary?.source ?? null,
    word_count: summary?.word_count ?? null,
    mean_confidence: summary?.mean_confidence ?? null,
    ocr_ms: summary ? rounded(pageCost(summary).ms) : null,
    has_preview: page.preview_key !== null,
  };
}

export function presentAttempt(attempt: AttemptRow): AttemptEntry {
  return {
    task_id: attempt.task_id,
    attempt: attempt.attempt,
    worker: attempt.worker_name,
    first_page: attempt.first_page,
    last_page: attempt.last_page,
    started_at: attempt.started_at.toISOString(),
    ended_at: iso(attempt.ended_at),
    outcome: attempt.outcome,
    error_code: attempt.error_code,
    error_message: attempt.error_message,
  };
}

export function presentWorker(worker: WorkerRow): WorkerEntry {
  return {
    worker_id: worker.id,
    name: worker.name,
    pool: worker.pool,
    slots: worker.slots,
    busy: worker.busy,
    state: worker.state,
    drained: worker.drained_at !== null,
    drain_owner: worker.drain_owner,
    drain_reason: worker.drain_reason,
    drain_until: iso(worker.drain_until),
    engine: worker.engine,
    version: worker.version,
    started_at: worker.started_at.toISOString(),
    heartbeat_at: worker.heartbeat_at.toISOString(),
  };
}

export function presentTask({ id, ...task }: ListedTask): TaskEntry {
  return {
    task_id: id,
    upload_id: task.upload_id,
    filename: task.filename,
    pool: task.pool,
    priority: task.priority,
    status: task.status,
    first_page: task.first_page,
    last_page: task.last_page,
    attempt: task.attempt,
    worker: task.worker,
    created_at: task.created_at.toISOString(),
    run_at: task.run_at.toISOString(),
    dispatched_at: iso(task.dispatched_at),
    started_at: iso(task.started_at),
  };
}

function iso(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}

function between(from: Date | null, to: Date | null): number | null {
  return from && to ? Math.max(0, to.getTime() - from.getTime()) : null;
}

/** Milliseconds to a tenth. */
function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms * 10) / 10;
}
