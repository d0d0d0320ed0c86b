-- Up Migration

-- Projects that were made ahead of their tenants, and sleep until then. Each is a row of `projects` whose tenant is '',
-- which is no tenant's id. The transaction that gives it to a tenant deletes its row here.
create table tenantry.pool_projects (
  name text primary key references tenantry.projects (name) on delete cascade,
  fleet text not null,
  plan text not null,
  -- A digest of the settings that it was asked for with.
  settings_mark text not null,
  -- A digest of the migrations that it has; null before it has been migrated.
  schema_mark text,
  -- The run that makes or migrates it, or did so last.
  run_id text not null,
  -- Since when it can be taken; null while that run works on it.
  ready_at timestamptz,
  -- Since when no plan wants it as it is.
  unfit_since timestamptz,
  created_at timestamptz not null default now()
);
create index pool_projects_of_plan on tenantry.pool_projects (fleet, plan, created_at);

-- What keeps a plan's pool from being filled.
create table tenantry.pool_troubles (
  fleet text not null,
  plan text not null,
  trouble text not null,
  tries integer not null default 1,
  since timestamptz not null default now(),
  -- When it is tried again.
  due_at timestamptz not null,
  primary key (fleet, plan)
);

-- What a project was called in the pool: a rename whose answer was lost leaves either name at Neon.
alter table tenantry.projects add column pool_name text;
create unique index projects_by_pool_name on tenantry.projects (pool_name) where pool_name is not null;

-- The owner's secret of a project in the pool has no tenant either. All others still go with theirs.
alter table tenantry.secrets
  drop constraint secrets_fleet_tenant_id_fkey,
  add column of_tenant text generated always as (nullif(tenant_id, '')) stored;
alter table tenantry.secret_generations
  drop constraint secret_generations_fleet_tenant_id_fkey,
  add column of_tenant text generated always as (nullif(tenant_id, '')) stored;
create index on tenantry.secrets (fleet, of_tenant);
create index on tenantry.secret_generations (fleet, of_tenant);
alter table tenantry.secrets
  add foreign key (fleet, of_tenant) references tenantry.tenants (fleet, id) on delete cascade;
alter table tenantry.secret_generations
  add foreign key (fleet, of_tenant) references tenantry.tenants (fleet, id) on delete cascade;

-- Down Migration

do $$
begin
  if exists (select from tenantry.projects where tenant_id = '') then
    raise exception 'there are projects without a tenant: take "pool" out of every plan, and wait until the sweep has deleted them';
  end if;
end $$;
alter table tenantry.secret_generations
  drop column of_tenant,
  add foreign key (fleet, tenant_id) references tenantry.tenants (fleet, id) on delete cascade;
alter table tenantry.secrets
  drop column of_tenant,
  add foreign key (fleet, tenant_id) references tenantry.tenants (fleet, id) on delete cascade;
alter table tenantry.projects drop column pool_name;
drop table tenantry.pool_troubles;
drop table tenantry.pool_projects;
