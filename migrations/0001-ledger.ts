// The ledger: what is true about uploads, their tasks, pages and events. Frozen once merged;
// a change is a new file.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table uploads (
      id             uuid primary key,
      status         text not null check (status in
                       ('initiated', 'uploaded', 'processing', 'parsed', 'applied', 'failed', 'cancelled')),
      status_reason  text,
      version        integer not null default 1,
      principal      text not null,
      request_id     text not null,
      traceparent    text,
      pool           text not null,
      priority       text not null check (priority in ('interactive', 'bulk')),
      filename       text not null,
      content_type   text not null,
      game_id        text,
      user_id        text,
      declared_size    bigint,
      declared_sha256  text,
      object_key     text not null,
      object_etag    text,
      object_size    bigint,
      object_sha256  text,
      language       text not null,
      model          text not null,
      layout         text not null,
      reading        integer not null default 1,
      page_count     integer,
      pages_done     integer not null default 0,
      pages_failed   integer not null default 0,
      preview        jsonb,
      validated_data jsonb,
      error_code     text,
      error_message  text,
      attempts       integer not null default 0,
      ocr_ms         double precision,
      ocr_cpu_ms     double precision,
      created_at     timestamptz not null default now(),
      uploaded_at    timestamptz,
      started_at     timestamptz,
      processed_at   timestamptz,
      applied_at     timestamptz,
      updated_at     timestamptz not null default now()
    );
    create index uploads_created on uploads (created_at, id);
    create index uploads_status on uploads (status, created_at, id);
    create index uploads_game on uploads (game_id, created_at) where game_id is not null;
    create index uploads_user on uploads (user_id, created_at) where user_id is not null;

    create table workers (
      id            uuid primary key,
      name          text not null,
      pool          text not null,
      slots         integer not null,
      busy          integer not null default 0,
      state         text not null default 'active' check (state in ('active', 'draining', 'stopped')),
      drain_owner   text,
      drain_until   timestamptz,
      drained_at    timestamptz,
      engine        text,
      version       text,
      started_at    timestamptz not null default now(),
      heartbeat_at  timestamptz not null default now(),
      stopped_at    timestamptz
    );
    create index workers_alive on workers (pool) where state <> 'stopped';

    create table tasks (
      id             uuid primary key,
      upload_id      uuid not null references uploads on delete cascade,
      reading        integer not null,
      pool           text not null,
      -- Whose share of the workers it takes, and its place in the order of dispatch; see tasks/insert.ts.
      share          text not null,
      order_at       timestamptz not null,
      kind           text not null check (kind in ('open', 'pages')),
      first_page     integer,
      last_page      integer,
      status         text not null default 'waiting' check (status in
                       ('waiting', 'dispatched', 'running', 'done', 'failed', 'cancelled')),
      run_at         timestamptz not null default now(),
      dispatch       integer not null default 0,
      dispatched_at  timestamptz,
      attempt        integer not null default 0,
      worker_id      uuid,
      lease_until    timestamptz,
      failures       integer not null default 0,
      losses         integer not null default 0,
      error_code     text,
      error_message  text,
      created_at     timestamptz not null default now(),
      started_at     timestamptz,
      ended_at       timestamptz,
      check ((kind = 'pages') = (first_page is not null and last_page is not null))
    );
    create index tasks_upload on tasks (upload_id, reading);
    create index tasks_waiting on tasks (pool, order_at) where status = 'waiting';
    create index tasks_share on tasks (share, order_at) where status = 'waiting';
    create index tasks_dispatched on tasks (pool, dispatched_at) where status = 'dispatched';
    create index tasks_running on tasks (lease_until) where status = 'running';
    create index tasks_of_worker on tasks (worker_id) where status = 'running';

    create table attempts (
      task_id        uuid not null references tasks on delete cascade,
      attempt        integer not null,
      dispatch       integer not null,
      worker_id      uuid not null,
      worker_name    text not null,
      started_at     timestamptz not null default now(),
      ended_at       timestamptz,
      outcome        text check (outcome in ('done', 'failed', 'cancelled', 'given_back', 'lost')),
      error_code     text,
      error_message  text,
      primary key (task_id, attempt)
    );

    create table pages (
      upload_id      uuid not null references uploads on delete cascade,
      reading        integer not null,
      number         integer not null,
      status         text not null default 'waiting' check (status in ('waiting', 'done', 'failed')),
      task_id        uuid,
      attempt        integer,
      summary        jsonb,
      result_key     text,
      preview_key    text,
      preview_type   text,
      error_code     text,
      error_message  text,
      recorded_at    timestamptz,
      primary key (upload_id, reading, number)
    );

    -- Objects of deleted uploads, removed once more when no signed URL can bring them back.
    create table deletions (
      upload_id  uuid primary key,
      due_at     timestamptz not null
    );

    -- Without a position until the sequencer has seen the row committed. Outlives its upload.
    create table events (
      id          bigint generated always as identity primary key,
      position    bigint,
      upload_id   uuid not null,
      type        text not null,
      data        jsonb not null,
      created_at  timestamptz not null default clock_timestamp()
    );
    create unique index events_position on events (position) where position is not null;
    create index events_unplaced on events (id) where position is null;
    create index events_upload on events (upload_id, position);

    -- One row: the position given last, and the oldest that is still kept.
    create table event_log (
      only_row        boolean primary key default true check (only_row),
      last_position   bigint not null default 0,
      first_position  bigint not null default 1
    );
    insert into event_log default values;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table deletions, event_log, events, pages, attempts, tasks, workers, uploads',
  );
}
