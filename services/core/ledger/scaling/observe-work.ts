// What a scale decision needs to know of the work: how much waits, runs, came and was done. Counted
// in tasks, pages and pixels; what these cost is for who decides to learn. Work of a paused pool needs no workers.
import type { Queryable } from '../database.ts';
import { isPausedSql } from '../switches/switches.ts';
import { pageMegapixels } from '../tasks/megapixels.ts';

export interface Amount {
  readonly tasks: number;
  /** Of these, tasks that open an upload. */
  readonly unopened: number;
  /** Of the others, pages still to be read. */
  readonly pages: number;
  /** Of these pages, those whose size can be told, and what is to be recognised on them. */
  readonly measuredPages: number;
  readonly megapixels: number;
}

export interface ObservedWork {
  /** Due and not claimed. */
  readonly backlog: { readonly amount: Amount; readonly oldestSeconds: number };
  readonly running: { readonly amount: Amount; readonly elapsedSeconds: number };
  readonly arrivals: { readonly amount: Amount; readonly windowSeconds: number };
  /** Oldest first. */
  readonly ended: readonly EndedTask[];
}

export interface EndedTask {
  readonly endedAtMs: number;
  readonly opened: boolean;
  /** Those that the attempt read which ended it, and what it recognised on them. */
  readonly pages: number;
  readonly megapixels: number;
  /** From claim to end, of that attempt. */
  readonly seconds: number;
}

export interface ObserveWork {
  readonly pool: string;
  /** Arrivals are those of the last so many seconds. */
  readonly arrivalsSeconds: number;
  /** Tasks that ended later are told; the clock is the ledger's. */
  readonly endedAfterMs: number;
}

/** At once; who wants more comes again with the last one's end. */
export const mostEnded = 500;

export async function observeWork(db: Queryable, options: ObserveWork): Promise<ObservedWork> {
  const { pool, arrivalsSeconds, endedAfterMs } = options;
  // One statement for what waits and runs: a task that is claimed meanwhile is counted once.
  const [ahead] = await db.query<{ backlog: Timed; running: Timed }>(aheadSql, [pool]);
  const [arrivals] = await db.query<Row>(arrivalsSql, [pool, arrivalsSeconds]);
  const ended = await db.query<EndedTask>(endedSql, [pool, endedAfterMs, mostEnded]);
  if (!ahead || !arrivals) throw new Error('an aggregate returned no row');
  return {
    backlog: { amount: amountOf(ahead.backlog), oldestSeconds: ahead.backlog.seconds },
    running: { amount: amountOf(ahead.running), elapsedSeconds: ahead.running.seconds },
    arrivals: { amount: amountOf(arrivals), windowSeconds: arrivalsSeconds },
    ended,
  };
}

interface Row {
  readonly tasks: number;
  readonly unopened: number;
  readonly pages: number;
  readonly measured_pages: number;
  readonly megapixels: number;
}

interface Timed extends Row {
  readonly seconds: number;
}

function amountOf({ tasks, unopened, pages, measured_pages, megapixels }: Row): Amount {
  return { tasks, unopened, pages, measuredPages: measured_pages, megapixels };
}

const sums = `
  count(*) as tasks, count(*) filter (where kind = 'open') as unopened,
  coalesce(sum(pages), 0)::float8 as pages,
  coalesce(sum(pages) filter (where megapixels is not null), 0)::float8 as measured_pages,
  coalesce(sum(megapixels * pages / (last_page - first_page + 1)), 0)::float8 as megapixels`;

// Pages are looked up only where an attempt may have recorded some.
const pagesLeft = `
  case when kind = 'open' then 0
       when attempt = 0 then last_page - first_page + 1
       else (select count(*) from pages
              where pages.upload_id = tasks.upload_id and pages.reading = tasks.reading
                and pages.status = 'waiting' and number between first_page and last_page) end`;

/** `running` and `waiting or dispatched` use an index each: of what has ended nothing is read. */
export const aheadSql = `
  select row_to_json(backlog) as backlog, row_to_json(running) as running
    from (
      select ${sums}, coalesce(extract(epoch from now() - min(run_at)), 0)::float8 as seconds
        from (select kind, first_page, last_page, megapixels, run_at, ${pagesLeft} as pages from tasks
               where pool = $1 and status in ('waiting', 'dispatched')
                 and (status = 'dispatched' or run_at <= now() and not ${isPausedSql})) as due
    ) as backlog, (
      select ${sums}, coalesce(sum(seconds), 0)::float8 as seconds
        from (select kind, first_page, last_page, megapixels, ${pagesLeft} as pages,
                     (select extract(epoch from now() - attempts.started_at) from attempts
                       where attempts.task_id = tasks.id and attempts.attempt = tasks.attempt) as seconds
                from tasks where pool = $1 and status = 'running') as held
    ) as running`;

export const arrivalsSql = `
  select ${sums}
    from (select kind, first_page, last_page, megapixels,
                 coalesce(last_page - first_page + 1, 0) as pages
            from tasks where pool = $1 and created_at > now() - $2 * interval '1 second'
             and not ${isPausedSql}) as arrived`;

export const endedSql = `
  select extract(epoch from tasks.ended_at)::float8 * 1000 as "endedAtMs", kind = 'open' as opened,
         extract(epoch from tasks.ended_at - attempts.started_at)::float8 as seconds,
         read.pages, read.megapixels
    from tasks
    join attempts on attempts.task_id = tasks.id and attempts.attempt = tasks.attempt
    cross join lateral (
      select count(*) as pages, coalesce(sum(${pageMegapixels}), 0) as megapixels from pages
       where pages.upload_id = tasks.upload_id and pages.reading = tasks.reading
         and pages.task_id = tasks.id and pages.attempt = tasks.attempt and pages.status = 'done'
    ) as read
   where tasks.pool = $1 and tasks.status = 'done' and tasks.ended_at > to_timestamp($2::float8 / 1000)
   order by tasks.ended_at limit $3`;
