-- Up Migration

-- Projects whose usage is read, for as long as Neon may still tell some: a project that is deleted has its last hours to come.
create table tenantry.usage_projects (
  -- Neon's id.
  project_id text primary key,
  fleet text not null,
  -- Whose it is; null once that tenant is erased.
  tenant_id text,
  -- The tenant's plan when it was read last, for one that is erased meanwhile.
  plan text,
  -- Every hour before it is settled, and is not read again.
  read_from timestamptz not null default date_trunc('hour', now(), 'UTC'),
  -- When it was read last, by the catalog's clock, and when it is to be read again: never, once it is gone and settled.
  read_at timestamptz,
  due_at timestamptz default now(),
  gone_at timestamptz,
  -- Hours that Neon does not tell any more, since nobody asked in time.
  lost_hours integer not null default 0
);
create index usage_projects_due on tenantry.usage_projects (fleet, due_at) where due_at is not null;
create index usage_projects_of_tenant on tenantry.usage_projects (fleet, tenant_id);

-- What a project used in an hour, in Neon's raw units, as it was told last.
create table tenantry.usage (
  project_id text not null,
  hour timestamptz not null,
  fleet text not null,
  -- Whose the project was, and of which plan, when the hour was read first; the tenant is null once it is erased.
  tenant_id text,
  plan text not null,
  compute_unit_seconds bigint not null,
  root_branch_byte_hours bigint not null,
  child_branch_byte_hours bigint not null,
  history_byte_hours bigint not null,
  snapshot_byte_hours bigint not null,
  public_transfer_bytes bigint not null,
  private_transfer_bytes bigint not null,
  branch_hours bigint not null,
  -- When Neon was asked: of two answers the one to the later question counts.
  read_at timestamptz not null,
  primary key (project_id, hour)
);
create index usage_by_hour on tenantry.usage (fleet, hour);
create index usage_of_tenant on tenantry.usage (fleet, tenant_id, hour);

-- The database itself keeps the list of projects, so that none is missed, however briefly it is there.
create function tenantry.list_metered_project() returns trigger language plpgsql as $$
declare
  made_at timestamptz := now();
begin
  -- It was made after its create was sent, and may have been found hours later. Neon tells the last week.
  if tg_op = 'UPDATE' and not new.adopted then
    made_at := greatest(least(old.unanswered_since, now()), now() - interval '167 hours');
  end if;
  if tg_op <> 'INSERT' and old.neon_id is not null and (tg_op = 'DELETE' or new.neon_id is distinct from old.neon_id) then
    update tenantry.usage_projects set gone_at = now(), due_at = now()
    where project_id = old.neon_id and gone_at is null;
  end if;
  if tg_op <> 'DELETE' and new.neon_id is not null and (tg_op = 'INSERT' or new.neon_id is distinct from old.neon_id) then
    insert into tenantry.usage_projects as listed (project_id, fleet, tenant_id, read_from)
    values (new.neon_id, new.fleet, new.tenant_id, date_trunc('hour', made_at, 'UTC'))
    -- It was a tenant's before, and is adopted again.
    on conflict (project_id) do update set
      fleet = excluded.fleet, tenant_id = excluded.tenant_id, plan = null, gone_at = null, due_at = now(),
      read_from = case when listed.due_at is null then excluded.read_from else listed.read_from end;
  end if;
  return null;
end $$;
create trigger projects_metered after insert or update of neon_id or delete on tenantry.projects
  for each row execute function tenantry.list_metered_project();

-- Of those that are there by now Neon tells the last week.
insert into tenantry.usage_projects (project_id, fleet, tenant_id, read_from)
  select neon_id, fleet, tenant_id, date_trunc('hour', greatest(created_at, now() - interval '167 hours'), 'UTC')
  from tenantry.projects where neon_id is not null;

-- Warnings of a budget. A row is there before the hook is called, and has a time once it was.
create table tenantry.budget_warnings (
  fleet text not null,
  tenant_id text not null,
  -- The month, such as 2026-11, and the budget: of a larger one there are warnings of its own.
  period text not null,
  usd float8 not null,
  percent integer not null,
  told_at timestamptz,
  primary key (fleet, tenant_id, period, usd, percent)
);

-- Tenants that are suspended because their budget is spent, and are let in again once it is not.
create table tenantry.budget_stops (
  fleet text not null,
  tenant_id text not null,
  period text not null,
  usd float8 not null,
  spent_usd float8 not null,
  stopped_at timestamptz not null default now(),
  primary key (fleet, tenant_id)
);

-- Down Migration

drop table tenantry.budget_stops;
drop table tenantry.budget_warnings;
drop trigger projects_metered on tenantry.projects;
drop function tenantry.list_metered_project();
drop table tenantry.usage;
drop table tenantry.usage_projects;
