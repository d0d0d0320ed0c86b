-- Up Migration

alter table tenantry.tenants
  -- What the tenant's own role was held to when an operation last saw to it; none for tenants of earlier releases.
  add column access text,
  -- By project: the logins besides ours that were there before the tenant's own role was handed out.
  add column known_logins jsonb not null default '{}';

-- Down Migration

alter table tenantry.tenants drop column known_logins, drop column access;
