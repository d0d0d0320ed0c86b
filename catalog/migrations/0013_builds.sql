-- Up Migration

-- Builds of the application that are running: each says with which newest migration it was written, and that again and again.
create table tenantry.builds (
  fleet text not null,
  id text not null,
  schema text not null,
  first_seen_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  primary key (fleet, id)
);

-- Of a rollout of migrations: the contract that it does not reach, and who is in its way.
alter table tenantry.rollouts add column held_back text;

-- Who is behind a migration is asked at each onboarding while there is a contract. It locks the table against writes while it is
-- built: a large catalog builds it before, concurrently, and this finds it there: docs/deploying.md.
create index if not exists tenants_by_schema
  on tenantry.tenants (fleet, (coalesce(substring(schema_version from '^[0-9]+')::numeric, -1)))
  where settled_state = 'ready';

-- Down Migration

drop index tenantry.tenants_by_schema;
alter table tenantry.rollouts drop column held_back;
drop table tenantry.builds;
