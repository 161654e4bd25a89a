// Every failure this system can name. `status` is what HTTP callers see, `outcome` what the
// queue does with a task that met it, `advice` what a person can do about it.
//   fail       the input is at fault: final
//   retry      we are: again later with backoff, bounded
//   give_back  the worker leaves: at once, by somebody else, not counted
//   drop       the task is no longer ours: its effect belongs to somebody else or to nobody
import { anyFormat } from './domain/formats.ts';

export type Outcome = 'fail' | 'retry' | 'give_back' | 'drop';

interface Entry {
  readonly status: number;
  readonly outcome: Outcome;
  readonly title: string;
  readonly advice: string;
}

// biome-ignore format: a table, one failure a line
const table = {
  'request.invalid': entry(400, 'fail', 'The request is not valid', 'Correct the fields named in `errors`.'),
  'request.malformed': entry(400, 'fail', 'The body is not valid JSON', 'Send a JSON object with content-type application/json.'),
  'request.too_large': entry(413, 'fail', 'The request body is too large', 'Send the bytes of a file to the presigned URL, not to the API.'),
  'request.length_required': entry(411, 'fail', 'The request does not say how long it is', 'Send Content-Length.'),
  'request.not_acceptable': entry(415, 'fail', 'The content type of the request is not supported', 'Send application/json.'),
  'request.headers_too_large': entry(431, 'fail', 'The address or the headers are too long', 'Send at most 16 kB of them.'),
  'request.timeout': entry(408, 'fail', 'The request took too long to arrive', 'Send it again.'),
  'request.not_http': entry(400, 'fail', 'The request is not valid HTTP', 'Have a library for HTTP or WebSocket make the request.'),
  'route.not_found': entry(404, 'fail', 'No such address', 'See /api/openapi.json for the addresses that exist.'),
  'route.method_not_allowed': entry(405, 'fail', 'The address does not take this method', 'See the Allow header.'),
  'auth.required': entry(401, 'fail', 'A token is required', 'Send `Authorization: Bearer <token>`.'),
  'auth.forbidden': entry(403, 'fail', 'The token is not the one of operators', 'Send the token of CRICKSY_OPERATOR_TOKEN.'),
  'origin.forbidden': entry(403, 'fail', 'Pages of this origin may not call', 'Ask the operator to add it to CRICKSY_CORS_ORIGINS.'),
  'rate.limited': entry(429, 'fail', 'Too many uploads at once', 'Wait as many seconds as Retry-After says.'),
  'idempotency.key_reused': entry(422, 'fail', 'The Idempotency-Key was used for another request', 'Make a new key for each upload; repeat a key only with the same body.'),
  'uploads.disabled': entry(503, 'fail', 'Uploads are switched off', 'Try again later, or ask the operator: `cricksy-ocr switch` says who switched them off.'),

  'upload.not_found': entry(404, 'fail', 'No such upload', 'Check the id; deleted uploads are gone.'),
  'upload.wrong_status': entry(409, 'fail', 'The upload is not in a status that allows this', 'Read its status first.'),
  'upload.version_conflict': entry(409, 'fail', 'Somebody else changed the upload', 'Read it again, review the change, and repeat with its new version.'),
  'upload.precondition_failed': entry(412, 'fail', 'The upload has another version than If-Match says', 'Read it again, review the change, and repeat with its new ETag.'),
  'upload.incomplete': entry(409, 'fail', 'No bytes have arrived', 'PUT the file to the presigned URL, then complete again.'),
  'upload.empty': entry(422, 'fail', 'The file is empty', 'PUT the file again, then complete again.'),
  'upload.too_large': entry(413, 'fail', 'The file is larger than allowed', 'Send a smaller file: lower the resolution or split the document.'),
  'upload.size_mismatch': entry(422, 'fail', 'The file has another size than declared', 'PUT the whole file again, then complete again.'),
  'upload.checksum_mismatch': entry(422, 'fail', 'The file has another checksum than declared', 'PUT the file again, then complete again.'),
  'upload.type_mismatch': entry(422, 'fail', 'The file is not of the declared type', 'Initiate an upload with the right content_type.'),
  'upload.unsupported_type': entry(415, 'fail', 'Files of this type are not read', `Send a ${anyFormat}.`),
  'upload.changed': entry(409, 'fail', 'The bytes were replaced after the upload was completed', 'Upload the file again.'),
  'upload.not_read': entry(409, 'fail', 'The upload has not been read yet', 'Wait until its status is parsed.'),

  'file.corrupt': entry(422, 'fail', 'The file is damaged', 'Export or photograph it again.'),
  'file.encrypted': entry(422, 'fail', 'The PDF is protected by a password', 'Remove the password and upload it again.'),
  'file.empty': entry(422, 'fail', 'The file has no pages', 'Export it again.'),
  'file.unsupported': entry(422, 'fail', 'The file uses a format that is not read', `Send a ${anyFormat}.`),
  'file.too_many_pages': entry(422, 'fail', 'The file has more pages than allowed', 'Split the document.'),
  'page.too_large': entry(422, 'fail', 'The page has more pixels than allowed', 'Lower its resolution.'),
  'page.corrupt': entry(422, 'fail', 'The page is damaged', 'Export or photograph it again.'),
  'page.not_found': entry(404, 'fail', 'No such page', 'See page_count of the upload.'),
  'page.no_preview': entry(404, 'fail', 'The page has no preview', 'Show the original: a browser can.'),
  'language.unavailable': entry(422, 'fail', 'The language is not installed', 'Ask for `eng`, or have the operator install the language where the workers run.'),
  'model.unavailable': entry(422, 'fail', 'The model is not installed', 'Ask for the other model, or for `auto`, which takes what is installed.'),

  'engine.unavailable': entry(503, 'retry', 'No OCR engine could be started', 'See the worker log.'),
  'engine.crashed': entry(500, 'retry', 'The OCR engine died', 'Retry the upload.'),
  'engine.time_limit': entry(500, 'retry', 'Reading took longer than allowed', 'Retry, or split the document.'),
  'objects.unavailable': entry(503, 'retry', 'The object store does not answer', 'Try again in a moment.'),
  'objects.not_found': entry(404, 'fail', 'The object is gone', 'Upload the file again.'),
  'objects.signature_invalid': entry(403, 'fail', 'The signature of the URL is wrong', 'Use the URL exactly as it was given.'),
  'objects.url_expired': entry(403, 'fail', 'The URL has expired', 'Ask for a new one.'),
  'ledger.unavailable': entry(503, 'retry', 'The database does not answer', 'Try again in a moment.'),
  'broker.unavailable': entry(503, 'retry', 'The broker does not answer', 'Nothing: it is done when the broker is back.'),
  'kubernetes.unavailable': entry(503, 'retry', 'The Kubernetes API does not answer', 'Nothing: it is done when the API is back.'),
  'kubernetes.refused': entry(500, 'retry', 'The Kubernetes API refused', 'See the message: rights of the service account, or somebody else was quicker.'),

  'task.cancelled': entry(409, 'drop', 'The upload was cancelled', 'Nothing.'),
  'task.fenced': entry(409, 'drop', 'The claim on the task has passed to another', 'Nothing.'),
  'task.poison': entry(500, 'fail', 'Reading failed again and again', 'Retry the upload, or report it with its id.'),
  'worker.leaving': entry(503, 'give_back', 'The worker is shutting down', 'Nothing: another worker takes over.'),

  'switch.not_found': entry(404, 'fail', 'No such switch', 'See /api/switches.'),
  'switch.not_allowed': entry(409, 'fail', 'The settings of the server do not permit it', 'Set CRICKSY_ENABLE_UPLOADS or CRICKSY_ENABLE_OCR of every gateway, and start them again.'),
  'pool.not_found': entry(404, 'fail', 'No such pool', 'See /api/queue.'),
  'worker.ending': entry(409, 'fail', 'The worker is being ended', 'Nothing: where work waits another one is started.'),
  'worker.not_found': entry(404, 'fail', 'No such worker', 'See /api/workers.'),
  'list.cursor_invalid': entry(400, 'fail', 'The cursor is not one of ours', 'Use next_cursor exactly as it was given.'),
  'events.cursor_invalid': entry(400, 'fail', 'The cursor is not one of ours', 'Use a cursor exactly as it was given.'),
  'events.cursor_expired': entry(410, 'fail', 'Events that old are no longer kept', 'Read the uploads again and follow without a cursor.'),
  'events.too_slow': entry(503, 'fail', 'The listener reads too slowly', 'Connect again with the last cursor.'),
  internal: entry(500, 'retry', 'Something went wrong on our side', 'Try again; if it stays, report the request id.'),
} as const satisfies Record<string, Entry>;

function entry(status: number, outcome: Outcome, title: string, advice: string): Entry {
  return { status, outcome, title, advice };
}

export type ErrorCode = keyof typeof table;
export const errorCodes = Object.keys(table) as ErrorCode[];

/** A named failure. `message` says what happened this time, the table says what it means. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  /** Further members of the problem+json answer. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message?: string,
    options: ErrorOptions & { details?: Record<string, unknown> } = {},
  ) {
    super(
      message ?? table[code].title,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.code = code;
    this.details = options.details ?? {};
  }

  get status(): number {
    return table[this.code].status;
  }

  get outcome(): Outcome {
    return table[this.code].outcome;
  }

  get title(): string {
    return table[this.code].title;
  }

  get advice(): string {
    return table[this.code].advice;
  }
}

export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(table, code);
}

/** Any thrown value as a named failure; what nobody named is `internal`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError('internal', thrown instanceof Error ? thrown.message : String(thrown), {
    cause: thrown,
  });
}
