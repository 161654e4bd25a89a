import type { PageRange } from '../../domain/ranges.ts';
import type { Queryable } from '../database.ts';
import type { UploadRow } from '../uploads/upload.ts';
import { pageMegapixels } from './megapixels.ts';

/**
 * Puts tasks of an upload into the backlog: one per range, or the one that opens the file.
 *
 * `order_at` is a virtual start time, so that the order of dispatch is one index scan however
 * long the backlog is: a task starts now, or a second after the last waiting one of the same
 * share (user, else client, by priority), so that ten thousand files of one importer do not stand before
 * the single photo of somebody else. Bulk work starts ten minutes later and thereby ages past
 * newer interactive work.
 *
 * Pages still to be read are taken to be as big as those of the upload that were read.
 */
export async function insertTasks(
  tx: Queryable,
  upload: UploadRow,
  ranges: readonly PageRange[] | 'open',
): Promise<void> {
  const firsts = ranges === 'open' ? [null] : ranges.map((range) => range.first);
  const lasts = ranges === 'open' ? [null] : ranges.map((range) => range.last);
  await tx.query(
    `insert into tasks (id, upload_id, reading, pool, share, kind, first_page, last_page, megapixels, order_at)
     select gen_random_uuid(), $1, $2, $3, $4, $5, range.first, range.last,
            (range.last - range.first + 1) * (select avg(${pageMegapixels}) from pages
              where upload_id = $1 and reading = $2 and status = 'done'),
            greatest(
              now() + case $6 when 'bulk' then interval '10 minutes' else interval '0' end,
              (select max(order_at) from tasks where share = $4 and status = 'waiting') + interval '1 second'
            ) + (range.nth - 1) * interval '1 second'
       from unnest($7::int[], $8::int[]) with ordinality as range (first, last, nth)`,
    [
      upload.id,
      upload.reading,
      upload.pool,
      `${upload.priority}:${upload.user_id ?? upload.principal}`,
      ranges === 'open' ? 'open' : 'pages',
      upload.priority,
      firsts,
      lasts,
    ],
  );
}
