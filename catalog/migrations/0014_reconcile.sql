-- Up Migration

-- Creates that were sent, not certainly refused, and that no answer was read to: only such a one can have made a project that
-- nobody knows of. Never reset when a look finds nothing, for it may yet turn up.
alter table tenantry.projects
  add column unanswered_creates integer not null default 0,
  add column unanswered_since timestamptz;
update tenantry.projects
  set unanswered_creates = greatest(create_posts - (neon_id is not null)::integer, 0), unanswered_since = in_doubt_since
  where in_doubt_since is not null and create_posts > (neon_id is not null)::integer;

-- Every id that was on record once as of a project that we made. One that is at Neon and on record no more was deleted, and recovered.
create table tenantry.made_projects (
  neon_id text primary key,
  fleet text not null,
  noted_at timestamptz not null default now()
);
insert into tenantry.made_projects (neon_id, fleet)
  select neon_id, fleet from tenantry.projects where neon_id is not null and not adopted;
create function tenantry.note_made_project() returns trigger language plpgsql as $$
begin
  insert into tenantry.made_projects (neon_id, fleet) values (new.neon_id, new.fleet) on conflict do nothing;
  return null;
end $$;
create trigger projects_made after insert or update of neon_id on tenantry.projects
  for each row when (new.neon_id is not null and not new.adopted) execute function tenantry.note_made_project();

-- The reconcile of a fleet that is under way, or was last.
create table tenantry.reconciles (
  fleet text primary key,
  run_id text not null,
  workflow_id text not null,
  began_at timestamptz not null default now(),
  ended_at timestamptz,
  -- When one came to its end that had compared everything.
  compared_at timestamptz,
  -- Why it decided nothing.
  trouble text,
  -- What was compared, and what could not be seen.
  summary jsonb
);

-- What the one under way has seen at Neon; cleared when it ends.
create table tenantry.neon_inventory (
  fleet text not null,
  run_id text not null,
  neon_id text not null,
  -- Neon was asked for it by its id, and has none.
  is_gone boolean not null default false,
  name text not null default '',
  created_at timestamptz not null default now(),
  last_active_at timestamptz,
  is_lowered boolean,
  settings jsonb not null default '{}',
  primary key (fleet, run_id, neon_id)
);

-- When a tenant was last looked into, and what was seen.
create table tenantry.tenant_looks (
  fleet text not null,
  tenant_id text not null,
  run_id text not null,
  look jsonb not null,
  looked_at timestamptz not null default now(),
  primary key (fleet, tenant_id),
  foreign key (fleet, tenant_id) references tenantry.tenants (fleet, id) on delete cascade
);

-- What was found last, and since when.
create table tenantry.findings (
  fleet text not null,
  key text not null,
  kind text not null,
  tenant_id text,
  project_id text,
  message text not null,
  mend jsonb,
  held_back text,
  found_at timestamptz not null default now(),
  -- What became of it in the run that found it last.
  outcome text,
  trouble text,
  primary key (fleet, key)
);

-- Projects that are not to be used any more, and are to go.
create table tenantry.quarantine (
  neon_id text primary key,
  fleet text not null,
  name text not null,
  -- Whom it was made for.
  tenant_id text not null,
  state text not null default 'quarantined' check (state in ('quarantined', 'deleting', 'releasing', 'released', 'deleted')),
  taken_at timestamptz not null default now(),
  -- The quota that it had, in Neon's words.
  kept_quota jsonb,
  shut_at timestamptz,
  due_at timestamptz not null,
  -- When Neon was asked to delete it.
  deleting_at timestamptz,
  deleted_at timestamptz,
  trouble text
);
create index on tenantry.quarantine (fleet);

-- Down Migration

drop table tenantry.quarantine;
drop table tenantry.findings;
drop table tenantry.tenant_looks;
drop table tenantry.neon_inventory;
drop table tenantry.reconciles;
drop trigger projects_made on tenantry.projects;
drop function tenantry.note_made_project();
drop table tenantry.made_projects;
alter table tenantry.projects drop column unanswered_since, drop column unanswered_creates;
