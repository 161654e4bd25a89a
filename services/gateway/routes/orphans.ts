// Originals in the store that no row knows: seeing them, looking again, and making uploads of them.
import { type ErrorCode, toAppError } from '#core/errors.ts';
import { listOrphans, sumOrphans } from '#core/ledger/orphans/orphans.ts';
import { readWatch } from '#core/ledger/orphans/watch.ts';
import {
  adoptAnswer,
  adoptRequest,
  orphansAnswer,
  orphansQuery,
  scanAnswer,
} from '#core/messages.ts';
import { type AdoptDependencies, adopt } from '../adopt.ts';
import { presentOrphan, presentWatch } from '../present-orphans.ts';
import { defineRoute } from '../route.ts';
import { type ScanDependencies, scanObjects } from '../upkeep/scan-objects.ts';

/** A scan that was asked for while another one has just begun would see nothing else. */
const shortestSeconds = 10;

export function listOrphansRoute({ db, graceSeconds }: ScanDependencies) {
  return defineRoute({
    method: 'get',
    path: '/api/orphans',
    tag: 'operation',
    summary: 'Originals in the store that no upload knows, as the last scan found them',
    request: { query: orphansQuery },
    responses: { 200: orphansAnswer },
    async handle({ query }) {
      const [watch, sum, orphans] = await Promise.all([
        readWatch(db),
        sumOrphans(db),
        listOrphans(db, { after: query.cursor, limit: query.limit }),
      ]);
      return {
        status: 200,
        body: {
          ...presentWatch(watch, graceSeconds),
          ...sum,
          orphans: orphans.map(presentOrphan),
          next_cursor: orphans.length === query.limit ? (orphans.at(-1)?.upload_id ?? null) : null,
        },
      };
    },
  });
}

export function scanOrphansRoute(deps: ScanDependencies) {
  return defineRoute({
    method: 'post',
    path: '/api/orphans/scan',
    tag: 'operation',
    operator: true,
    summary: 'Look through the store now; GET /api/orphans tells when it is done',
    responses: { 202: scanAnswer },
    async handle() {
      scanObjects(deps, { everySeconds: shortestSeconds }).catch((error: unknown) => {
        deps.log.error({ error }, 'the store could not be scanned');
      });
      return { status: 202, body: { status: 'scanning' as const } };
    },
  });
}

export function adoptOrphansRoute(
  deps: AdoptDependencies & { readonly wake: { dispatch(): void; events(): void } },
) {
  return defineRoute({
    method: 'post',
    path: '/api/orphans/adopt',
    tag: 'operation',
    operator: true,
    summary: 'Make uploads of originals that a restored ledger does not know, to be read again',
    description:
      'A dry run (the default) counts them. Otherwise a batch of `limit` is adopted; call again with `next_cursor` until it is null.',
    request: { body: adoptRequest },
    responses: { 200: adoptAnswer },
    errors: ['objects.unavailable'],
    async handle({ body, request }) {
      const { dry_run, limit, cursor } = body;
      if (dry_run) {
        const { count } = await sumOrphans(deps.db);
        return {
          status: 200,
          body: { dry_run, matched: count, done: 0, skipped: [], next_cursor: null },
        };
      }
      const orphans = await listOrphans(deps.db, { after: cursor, limit });
      const skipped: { upload_id: string; code: ErrorCode }[] = [];
      for (const { upload_id } of orphans) {
        try {
          await adopt(upload_id, request, deps);
        } catch (error) {
          const { status, code } = toAppError(error);
          if (status >= 500) throw error;
          skipped.push({ upload_id, code });
        }
      }
      deps.wake.events();
      deps.wake.dispatch();
      return {
        status: 200,
        body: {
          dry_run,
          matched: null,
          done: orphans.length - skipped.length,
          skipped,
          next_cursor: orphans.length === limit ? (orphans.at(-1)?.upload_id ?? null) : null,
        },
      };
    },
  });
}
