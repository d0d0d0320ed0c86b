-- Up Migration

-- A rollout whose rows are being deleted, which takes several batches. Nobody reads it any more.
alter table tenantry.rollouts add column pruned_at timestamptz;

-- What is old enough to be deleted is found by time. Each locks its table against writes while it is built: a large catalog builds
-- them before, concurrently, and this finds them there: docs/deploying.md.
create index if not exists rollouts_ended on tenantry.rollouts (fleet, ended_at) where ended_at is not null;
create index if not exists events_by_time on tenantry.events (fleet, at);
create index if not exists history_of_backups on tenantry.history (fleet, at) where detail ? 'isBackup';
create index if not exists usage_projects_gone on tenantry.usage_projects (fleet, gone_at) where due_at is null;

-- Hours of `usage` that are too old to be read one by one: those of a day, tenant and plan in which a project had equally many
-- branches are one row. So what is charged for branches beyond the included ones is the same sum as before.
create table tenantry.usage_days (
  project_id text not null,
  -- The first of the hours, and their number.
  hour timestamptz not null,
  hours integer not null,
  fleet text not null,
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
  primary key (project_id, hour)
);
create index usage_days_by_hour on tenantry.usage_days (fleet, hour);
create index usage_days_of_tenant on tenantry.usage_days (fleet, tenant_id, hour);

-- How often in a row a tenant's next backup has failed, when it did last, and why.
alter table tenantry.tenants
  add column backup_tries integer not null default 0,
  add column backup_failed_at timestamptz,
  add column backup_trouble text;
-- Nothing is in it yet, so it takes one look at the table.
create index tenants_by_failed_backup on tenantry.tenants (fleet, plan) where backup_failed_at is not null;

-- Down Migration

drop index tenantry.tenants_by_failed_backup;
alter table tenantry.tenants drop column backup_trouble, drop column backup_failed_at, drop column backup_tries;
drop table tenantry.usage_days;
drop index tenantry.usage_projects_gone;
drop index tenantry.history_of_backups;
drop index tenantry.events_by_time;
drop index tenantry.rollouts_ended;
alter table tenantry.rollouts drop column pruned_at;
