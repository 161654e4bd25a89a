// What a controller remembers: who may change a pool's workers, what was decided and why, and who
// went when the replicas were lowered.
import type { Knex } from 'knex';

export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table scaling (
      pool               text primary key,
      -- The leader's; whoever comes with a lower one has been overtaken.
      epoch              bigint not null,
      memory             jsonb,
      -- terminated_while_busy of lowerings that are forgotten.
      terminated_before  bigint not null default 0
    );

    create table scale_decisions (
      id          bigint generated always as identity primary key,
      pool        text not null,
      epoch       bigint not null,
      decided_at  timestamptz not null default now(),
      wanted      integer not null,
      previous    integer not null,
      reason      text not null,
      sentence    text not null,
      formula     text not null,
      inputs      jsonb not null,
      missing     jsonb not null,
      shadow      jsonb,
      -- Names of the workers that were drained, and put back to work, because of it.
      drained     text[] not null default '{}',
      undrained   text[] not null default '{}'
    );
    create index scale_decisions_pool on scale_decisions (pool, id);
    create index scale_decisions_changed on scale_decisions (pool, id) where wanted <> previous;
    create index scale_decisions_old on scale_decisions (decided_at);
    create index scale_decisions_idle on scale_decisions (decided_at)
      where wanted = previous and drained = '{}' and undrained = '{}';

    create table scale_downs (
      id            bigint generated always as identity primary key,
      pool          text not null,
      epoch         bigint not null,
      lowered_at    timestamptz not null default now(),
      from_workers  integer not null,
      to_workers    integer not null,
      -- Null until it is known who went.
      settled_at    timestamptz
    );
    create index scale_downs_pool on scale_downs (pool, id);
    create index scale_downs_unsettled on scale_downs (pool, id) where settled_at is null;
    create index scale_downs_old on scale_downs (lowered_at);

    -- The workers that lived before a lowering, by process: a pod that restarts is another one.
    create table scale_down_workers (
      scale_down_id  bigint not null references scale_downs on delete cascade,
      worker_id      uuid not null,
      worker_name    text not null,
      chosen         boolean not null,
      went           boolean not null default false,
      -- Attempts that it ended without having done them.
      terminated     integer not null default 0,
      primary key (scale_down_id, worker_id)
    );

    create index attempts_unfinished_of_worker on attempts (worker_id, ended_at)
      where outcome in ('given_back', 'lost', 'failed');
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index attempts_unfinished_of_worker;
    drop table scale_down_workers, scale_downs, scale_decisions, scaling;
  `);
}
