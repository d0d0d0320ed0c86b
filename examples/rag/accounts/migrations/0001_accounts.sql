-- Who may sign in, and to which workspace. Documents are elsewhere: each workspace has a Postgres of its own.
-- Run at each start, so every statement may run twice.

create schema if not exists rag;

create table if not exists rag.people (
  id uuid primary key default gen_random_uuid(),
  -- As it was typed; compared without regard to case.
  email text not null,
  password_hash text not null,
  created_at timestamptz not null default now()
);
create unique index if not exists people_email on rag.people (lower(email));

create table if not exists rag.workspaces (
  -- The tenant's id.
  id text primary key,
  name text not null,
  -- What was asked for at sign-up. The plan that holds is the tenant's.
  plan text not null,
  created_at timestamptz not null default now()
);

create table if not exists rag.memberships (
  person_id uuid not null references rag.people on delete cascade,
  workspace_id text not null references rag.workspaces on delete cascade,
  role text not null check (role in ('owner', 'member')),
  created_at timestamptz not null default now(),
  primary key (person_id, workspace_id)
);
create index if not exists memberships_workspace on rag.memberships (workspace_id);

create table if not exists rag.sessions (
  -- SHA-256 of the token: whoever reads this table cannot sign in with it.
  token_hash bytea primary key,
  person_id uuid not null,
  workspace_id text not null,
  csrf_secret text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  -- A membership that ends takes its sessions with it.
  foreign key (person_id, workspace_id) references rag.memberships on delete cascade
);
create index if not exists sessions_membership on rag.sessions (person_id, workspace_id);
create index if not exists sessions_expiry on rag.sessions (expires_at);
