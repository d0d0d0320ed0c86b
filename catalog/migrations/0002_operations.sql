-- Up Migration

-- The states are one table in tenancy/lifecycle.ts; a second list here could only fall behind.
alter table tenantry.tenants drop constraint tenants_state_check;
alter table tenantry.tenants
  -- The state that the tenant was in last and that lasts: where a failed operation leads back to.
  add column settled_state text,
  -- An adopted project has names of its own.
  add column database_name text not null default 'app',
  add column owner_role text not null default 'app_owner',
  add column adopted boolean not null default false;
update tenantry.tenants set settled_state = state where state in ('ready', 'failed');

-- A branch for support has a secret of its own, named for it.
alter table tenantry.secrets drop constraint secrets_kind_check;

-- What was done to a tenant, when and by which run. It outlives the tenant, and Temporal's own retention.
create table tenantry.history (
  id bigint generated always as identity primary key,
  fleet text not null,
  tenant_id text not null,
  at timestamptz not null default now(),
  operation text not null,
  event text not null check (event in ('began', 'noted', 'succeeded', 'failed')),
  -- The tenant's state from this moment on.
  state text not null,
  workflow_id text not null,
  run_id text not null,
  detail jsonb not null default '{}'
);
create index on tenantry.history (fleet, tenant_id, id);
-- A run begins once and ends once, however often it has to say so.
create unique index on tenantry.history (fleet, tenant_id, run_id, event) where event <> 'noted';

-- What is kept at Neon beside the tenant's live database: snapshots, branches, states before a restore, former projects.
create table tenantry.resources (
  fleet text not null,
  tenant_id text not null,
  kind text not null,
  name text not null,
  project_id text not null,
  neon_id text not null,
  detail jsonb not null default '{}',
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  primary key (fleet, tenant_id, kind, name),
  foreign key (fleet, tenant_id) references tenantry.tenants (fleet, id) on delete cascade
);

-- Ids of tenants that were erased for good: none is used again by accident.
create table tenantry.tombstones (
  fleet text not null,
  tenant_id text not null,
  erased_at timestamptz not null default now(),
  run_id text not null,
  primary key (fleet, tenant_id)
);

-- Down Migration

drop table tenantry.tombstones;
drop table tenantry.resources;
drop table tenantry.history;
delete from tenantry.secrets where kind not in ('owner', 'app');
alter table tenantry.secrets add constraint secrets_kind_check check (kind in ('owner', 'app'));
alter table tenantry.tenants
  drop column adopted, drop column owner_role, drop column database_name, drop column settled_state;
alter table tenantry.tenants add constraint tenants_state_check check (state in ('provisioning', 'ready', 'failed'));
