-- Up Migration

-- Work on many tenants at once: what is done to which of them, how, and how far it is.
create table tenantry.rollouts (
  fleet text not null,
  id text not null,
  verb text not null,
  -- What each tenant's operation is asked for.
  request jsonb not null,
  -- Which tenants, as a filter of the client's.
  filter jsonb not null,
  waves jsonb not null,
  pace jsonb not null,
  -- Of two rollouts with the same key one is under way at a time.
  key text not null,
  -- What a person wants of it.
  wanted text not null default 'run' check (wanted in ('run', 'pause', 'abort')),
  -- Of a rollout of migrations: what new tenants are migrated to while it is held up.
  base text,
  -- Computes that sleep are left alone until then; null where they are woken at once.
  wake_at timestamptz,
  -- Every tenant that is meant is a member; how far that is, until then.
  enrolled_to text,
  enrolled_at timestamptz,
  -- The wave that is under way, and since when it may be.
  wave integer not null default 0,
  opens_at timestamptz not null default now(),
  -- More failed than was allowed; or it cannot go on, and why.
  stopped_at timestamptz,
  trouble text,
  created_at timestamptz not null default now(),
  -- When its run last looked.
  seen_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (fleet, id)
);
create unique index rollouts_under_way on tenantry.rollouts (fleet, key) where ended_at is null;
create index rollouts_by_time on tenantry.rollouts (fleet, created_at desc);

-- One row for each tenant of a rollout. It outlives an offboarded tenant, for it is what was done, and goes with an erased one.
create table tenantry.rollout_tenants (
  fleet text not null,
  rollout_id text not null,
  tenant_id text not null,
  wave integer not null,
  state text not null default 'waiting'
    check (state in ('waiting', 'running', 'asleep', 'succeeded', 'failed', 'skipped')),
  -- The turn that took it: the same one may ask again.
  claim text,
  -- When it was first begun with, and when it may be tried again.
  began_at timestamptz,
  not_before timestamptz,
  -- How often another operation had it, one look after the other.
  times_busy integer not null default 0,
  ended_at timestamptz,
  -- Why it failed or was skipped.
  reason jsonb,
  primary key (fleet, rollout_id, tenant_id),
  foreign key (fleet, rollout_id) references tenantry.rollouts (fleet, id) on delete cascade
);
create index rollout_tenants_waiting on tenantry.rollout_tenants (fleet, rollout_id, wave, tenant_id)
  where state = 'waiting';
create index rollout_tenants_met_again on tenantry.rollout_tenants (fleet, rollout_id)
  where state = 'waiting' and began_at is not null;
create index rollout_tenants_running on tenantry.rollout_tenants (fleet, rollout_id) where state = 'running';
create index rollout_tenants_asleep on tenantry.rollout_tenants (fleet, tenant_id) where state = 'asleep';
create index rollout_tenants_of_tenant on tenantry.rollout_tenants (fleet, tenant_id);
create index rollout_tenants_failed on tenantry.rollout_tenants (fleet, rollout_id, tenant_id)
  where state in ('failed', 'skipped');
create index rollout_tenants_began on tenantry.rollout_tenants (fleet, rollout_id, began_at);

-- How many of each wave are in which state: a look at a rollout of a million costs as much as at one of ten.
create table tenantry.rollout_counts (
  fleet text not null,
  rollout_id text not null,
  wave integer not null,
  state text not null,
  tenants bigint not null,
  primary key (fleet, rollout_id, wave, state),
  foreign key (fleet, rollout_id) references tenantry.rollouts (fleet, id) on delete cascade
);

create function tenantry.count_rollout_tenants() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then
    update tenantry.rollout_counts as counted set tenants = counted.tenants - gone.tenants
    from (
      select fleet, rollout_id, wave, state, count(*) as tenants from before_rows group by fleet, rollout_id, wave, state
    ) gone
    where counted.fleet = gone.fleet and counted.rollout_id = gone.rollout_id and counted.wave = gone.wave
      and counted.state = gone.state;
  elsif tg_op = 'INSERT' then
    insert into tenantry.rollout_counts as counted
    select fleet, rollout_id, wave, state, count(*) from after_rows group by fleet, rollout_id, wave, state
    on conflict (fleet, rollout_id, wave, state) do update set tenants = counted.tenants + excluded.tenants;
  else
    insert into tenantry.rollout_counts as counted
    select fleet, rollout_id, wave, state, sum(tenants) from (
      select fleet, rollout_id, wave, state, 1 as tenants from after_rows
      union all
      select fleet, rollout_id, wave, state, -1 from before_rows
    ) changed group by fleet, rollout_id, wave, state having sum(tenants) <> 0
    order by wave, state
    on conflict (fleet, rollout_id, wave, state) do update set tenants = counted.tenants + excluded.tenants;
  end if;
  return null;
end $$;
create trigger rollout_tenants_inserted after insert on tenantry.rollout_tenants
  referencing new table as after_rows for each statement execute function tenantry.count_rollout_tenants();
create trigger rollout_tenants_updated after update on tenantry.rollout_tenants
  referencing old table as before_rows new table as after_rows
  for each statement execute function tenantry.count_rollout_tenants();
create trigger rollout_tenants_deleted after delete on tenantry.rollout_tenants
  referencing old table as before_rows for each statement execute function tenantry.count_rollout_tenants();

-- Down Migration

drop table tenantry.rollout_counts;
drop table tenantry.rollout_tenants;
drop table tenantry.rollouts;
drop function tenantry.count_rollout_tenants();
