-- Up Migration

alter table tenantry.tenants
  -- The quota that Neon had before ours was lowered in its place, in Neon's words: what a tenant is given again whose plan the
  -- fleet no longer has.
  add column kept_quota jsonb,
  -- The operation and the run that left the tenant in a passing state, until it is in one that lasts again.
  add column left_by jsonb;

-- Down Migration

alter table tenantry.tenants drop column left_by, drop column kept_quota;
