-- Up Migration

-- When a worker said that it ends; null while it works, and of one that was killed. Kept, so that the one that was there last can be named.
alter table tenantry.workers add column left_at timestamptz;

-- Down Migration

delete from tenantry.workers where left_at is not null;
alter table tenantry.workers drop column left_at;
