-- Up Migration

-- When a tenant's newest backup was taken, so that who is due is found by an index.
alter table tenantry.tenants add column backed_up_at timestamptz;
create index tenants_by_backup on tenantry.tenants (fleet, plan, (coalesce(backed_up_at, ready_at, created_at)))
  where state = 'ready';

-- What expires is deleted by the sweep: snapshots, and states before restores, as copies before them.
update tenantry.resources set due_at = expires_at where neon_id <> '' and expires_at is not null;
create index resources_kept on tenantry.resources (fleet, due_at) where kind <> 'branch' and due_at is not null;
create index resources_backups on tenantry.resources (fleet, tenant_id, created_at desc)
  where kind = 'snapshot' and detail ? 'backup';

-- What a restore of a snapshot has proved, or what was broken. It goes with an erased tenant.
create table tenantry.drills (
  fleet text not null,
  -- The run's.
  id text not null,
  tenant_id text not null,
  snapshot text not null,
  taken_at timestamptz not null,
  at timestamptz not null default now(),
  -- Null where the snapshot is proved.
  problem jsonb,
  evidence jsonb not null,
  primary key (fleet, id)
);
create index drills_by_time on tenantry.drills (fleet, at desc);
create index drills_of_tenant on tenantry.drills (fleet, tenant_id, at desc);
create index drills_broken on tenantry.drills (fleet, at desc) where problem is not null;

-- Down Migration

drop table tenantry.drills;
drop index tenantry.resources_backups;
drop index tenantry.resources_kept;
drop index tenantry.tenants_by_backup;
alter table tenantry.tenants drop column backed_up_at;
