-- Up Migration

-- One row: which installation this is. Project names carry a digest of it, so that two installations that share an
-- organization of Neon's and a fleet's name can never take each other's projects for their own.
create table tenantry.installation (
  id uuid not null default gen_random_uuid(),
  one boolean primary key default true check (one)
);
insert into tenantry.installation default values;

create table tenantry.tenants (
  fleet text not null,
  id text not null,
  state text not null check (state in ('provisioning', 'ready', 'failed')),
  plan text not null,
  project_name text not null unique,
  app_role text not null,
  -- Known once Neon's answer to the create was read, or the project was found again by its name.
  project_id text unique,
  -- Set before each POST, cleared by a certain answer to it: while it is set, a project of that name may exist.
  create_posted_at timestamptz,
  create_posts integer not null default 0,
  schema_version text,
  -- The workflow run that may write this row: an attempt that outlived its run is refused.
  run_id text not null,
  failure jsonb,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ready_at timestamptz,
  primary key (fleet, id),
  unique (fleet, app_role)
);

create table tenantry.secrets (
  fleet text not null,
  tenant_id text not null,
  kind text not null check (kind in ('owner', 'app')),
  key_id text not null,
  nonce bytea not null,
  ciphertext bytea not null,
  sealed_at timestamptz not null default now(),
  primary key (fleet, tenant_id, kind),
  foreign key (fleet, tenant_id) references tenantry.tenants (fleet, id) on delete cascade
);

-- Down Migration

drop table tenantry.secrets;
drop table tenantry.tenants;
drop table tenantry.installation;
