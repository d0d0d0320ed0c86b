-- Up Migration

-- How far the run that holds a tenant has come, for whoever follows it: a look at Temporal for each follower would be paid for.
create table tenantry.progress (
  fleet text not null,
  tenant_id text not null,
  run_id text not null,
  -- The run's steps, in order, each with when it began and ended.
  steps jsonb not null,
  -- Why the next attempt of its step in hand is still to come; null while nothing is waited for.
  wait jsonb,
  -- The activity that waits: only its own success ends the wait.
  waiting_activity text,
  updated_at timestamptz not null default now(),
  primary key (fleet, tenant_id),
  foreign key (fleet, tenant_id) references tenantry.tenants (fleet, id) on delete cascade
);
create index progress_waiting on tenantry.progress (fleet) where wait is not null;

-- The workers that there are. Each says every second that it lives.
create table tenantry.workers (
  fleet text not null,
  task_queue text not null,
  id uuid not null,
  -- The process, as Temporal knows it: its number and its host.
  identity text not null,
  build text,
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  primary key (fleet, task_queue, id)
);

-- Down Migration

drop table tenantry.workers;
drop table tenantry.progress;
