-- Up Migration

-- What the fleet tells others of: one row an event, written in the transaction of the change that it tells of.
create table tenantry.events (
  -- Drawn while the tenant's row, or the rollout's, is held: for one of them it rises in the order of commits.
  seq bigint generated always as identity primary key,
  -- What receivers know it by. A number would be given again by a catalog that was restored from a backup.
  id uuid not null unique default gen_random_uuid(),
  fleet text not null,
  tenant_id text,
  rollout_id text,
  -- Whose events are sent one after the other.
  subject text not null generated always as (coalesce('tenant/' || tenant_id, 'rollout/' || rollout_id)) stored,
  type text not null,
  at timestamptz not null default now(),
  data jsonb not null,
  -- Its place in the log of the fleet, given once the transaction has committed: none is ever given below another that can be read.
  position bigint
);
create unique index events_by_position on tenantry.events (fleet, position);
create index events_without_position on tenantry.events (fleet, seq) where position is null;
create index events_of_tenant on tenantry.events (fleet, tenant_id, position) where tenant_id is not null;

-- The last position that was given in each fleet. Whoever gives some holds the row.
create table tenantry.event_heads (
  fleet text primary key,
  position bigint not null default 0
);

-- Where events are sent.
create table tenantry.event_endpoints (
  fleet text not null,
  id text not null,
  url text not null,
  created_at timestamptz not null default now(),
  -- Up to this position of the log each event is a row of event_deliveries.
  cursor bigint not null,
  paused_at timestamptz,
  -- Why it was paused; null where a person did.
  paused_for text,
  -- Since when it has accepted nothing; how often in a row nobody served there, and what was the matter.
  failing_since timestamptz,
  tries integer not null default 0,
  not_before timestamptz,
  trouble text,
  accepted_at timestamptz,
  -- When a worker last saw to it that somebody sends.
  woken_at timestamptz,
  primary key (fleet, id)
);

-- What an endpoint's events are signed with: the newest, and those that were replaced until their time is up.
create table tenantry.event_secrets (
  fleet text not null,
  endpoint_id text not null,
  id uuid not null,
  key_id text not null,
  nonce bytea not null,
  ciphertext bytea not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  primary key (fleet, endpoint_id, id),
  foreign key (fleet, endpoint_id) references tenantry.event_endpoints (fleet, id) on delete cascade
);

-- One event for one endpoint.
create table tenantry.event_deliveries (
  -- One that is sent again by a person's wish is another row.
  id bigint generated always as identity primary key,
  fleet text not null,
  endpoint_id text not null,
  position bigint not null,
  subject text not null,
  tries integer not null default 0,
  -- When it is tried again; null until it was refused. Later events of its subject wait for it.
  due_at timestamptz,
  trouble text,
  failing_since timestamptz,
  delivered_at timestamptz,
  unique (fleet, endpoint_id, position),
  foreign key (fleet, endpoint_id) references tenantry.event_endpoints (fleet, id) on delete cascade,
  foreign key (fleet, position) references tenantry.events (fleet, position) on delete cascade
);
create index event_deliveries_pending on tenantry.event_deliveries (fleet, endpoint_id, position) where delivered_at is null;
create index event_deliveries_refused on tenantry.event_deliveries (fleet, endpoint_id, subject)
  where delivered_at is null and due_at is not null;
create index event_deliveries_of_event on tenantry.event_deliveries (fleet, position);

-- The state of a rollout that the log has last.
alter table tenantry.rollouts add column logged_state text;

-- Down Migration

alter table tenantry.rollouts drop column logged_state;
drop table tenantry.event_deliveries;
drop table tenantry.event_secrets;
drop table tenantry.event_endpoints;
drop table tenantry.event_heads;
drop table tenantry.events;
