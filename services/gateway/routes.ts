// The API's table of contents, in the order of an upload's life.
import type { RequestHandler } from 'express';
import type { Broker } from '#core/broker/broker.ts';
import type { Database } from '#core/ledger/database.ts';
import type { Log } from '#core/log.ts';
import type { Objects } from '#core/objects/objects.ts';
import type { Hub } from './live/hub.ts';
import type { Route } from './route.ts';
import { applyRoute } from './routes/apply.ts';
import { autoscalerRoute, decisionsRoute } from './routes/autoscaler.ts';
import { bulkRoute } from './routes/bulk.ts';
import { cancelRoute, discardRoute } from './routes/cancel.ts';
import { completeRoute } from './routes/complete.ts';
import { deleteUploadRoute } from './routes/delete-upload.ts';
import { getUploadRoute } from './routes/get-upload.ts';
import { healthRoute } from './routes/health.ts';
import { initiateRoute } from './routes/initiate.ts';
import { listUploadsRoute } from './routes/list-uploads.ts';
import { ocrRoute } from './routes/ocr.ts';
import { originalRoute } from './routes/original.ts';
import { adoptOrphansRoute, listOrphansRoute, scanOrphansRoute } from './routes/orphans.ts';
import { pagePreviewRoute } from './routes/page-preview.ts';
import { pageWordsRoute } from './routes/page-words.ts';
import { queueRoute, tasksRoute } from './routes/queue.ts';
import { resultRoute } from './routes/result.ts';
import { readAgainRoute, retryRoute } from './routes/retry.ts';
import { statusRoute } from './routes/status.ts';
import {
  changeSwitchRoute,
  listSwitchesRoute,
  pausePoolRoute,
  resumePoolRoute,
} from './routes/switches.ts';
import { uploadEventsRoute } from './routes/upload-events.ts';
import {
  drainWorkerRoute,
  inspectWorkersRoute,
  listWorkersRoute,
  shutdownWorkerRoute,
  undrainWorkerRoute,
} from './routes/workers.ts';
import type { Switches } from './switches.ts';

export interface RouteDependencies {
  readonly db: Database;
  readonly hub: Pick<Hub, 'join'>;
  readonly broker: Broker;
  readonly objects: Objects;
  readonly wake: { dispatch(): void; events(): void };
  readonly newId: () => string;
  readonly log: Log;
  readonly version: string;
  readonly switches: Switches;
  /** Ahead of initiate: the rate limit, where there is one. */
  readonly limits: readonly RequestHandler[];
  readonly bucket: string;
  /** The pool whose workers read new uploads. */
  readonly pool: string;
  /** All that work is dispatched to. */
  readonly pools: readonly string[];
  readonly maxFileBytes: number;
  /** Bytes of a file that is sent in the body of a call. */
  readonly directMaxBytes: number;
  /** Seconds. */
  readonly presignedExpiry: number;
  /** Seconds after which no signed URL of a deleted upload is good any more. */
  readonly objectsDueIn: number;
  /** Seconds for which what no row knows is kept. */
  readonly graceSeconds: number;
}

export function apiRoutes(deps: RouteDependencies): Route[] {
  return [
    initiateRoute(deps),
    completeRoute(deps),
    statusRoute(deps),
    resultRoute(deps),
    applyRoute(deps),
    discardRoute(deps),
    ocrRoute(deps),

    cancelRoute(deps),
    retryRoute(deps),
    readAgainRoute(deps),

    listUploadsRoute(deps),
    bulkRoute(deps),
    getUploadRoute(deps),
    deleteUploadRoute(deps),
    originalRoute(deps),
    pageWordsRoute(deps),
    pagePreviewRoute(deps),
    uploadEventsRoute(deps),

    listOrphansRoute(deps),
    scanOrphansRoute(deps),
    adoptOrphansRoute(deps),

    healthRoute(deps),
    listSwitchesRoute(deps),
    changeSwitchRoute(deps),
    queueRoute(deps),
    tasksRoute(deps),
    pausePoolRoute(deps),
    resumePoolRoute(deps),
    listWorkersRoute(deps),
    inspectWorkersRoute(deps),
    drainWorkerRoute(deps),
    undrainWorkerRoute(deps),
    shutdownWorkerRoute(deps),

    autoscalerRoute(deps),
    decisionsRoute(deps),
  ];
}
