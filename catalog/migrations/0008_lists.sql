-- Up Migration

-- Tenants are listed page by page, from the last one of the page before. Ids compare by code point there, whatever the
-- database's collation, so that a beginning of ids is a range, and a page begins where every client says that it does.
--
-- Each index locks its table against writes while it is built. A large catalog builds them before, concurrently, and this
-- finds them there: docs/deploying.md.
create index if not exists tenants_by_id on tenantry.tenants (fleet, id collate "C");
create index if not exists tenants_by_creation on tenantry.tenants (fleet, created_at, id collate "C");
create index if not exists tenants_by_update on tenantry.tenants (fleet, updated_at, id collate "C");
create index if not exists tenants_by_state on tenantry.tenants (fleet, state, id collate "C");
create index if not exists tenants_by_plan on tenantry.tenants (fleet, plan, id collate "C");
create index if not exists tenants_by_failure on tenantry.tenants (fleet, (failure ->> 'type'), id collate "C") where failure is not null;
create index if not exists projects_by_region on tenantry.projects (fleet, region, tenant_id) where role = 'live';

-- What the sweep has trouble with is little, and looked for beside every tenant that is listed.
create index if not exists projects_in_trouble on tenantry.projects (fleet, tenant_id) where trouble is not null;
create index if not exists resources_in_trouble on tenantry.resources (fleet, tenant_id) where trouble is not null;

-- Down Migration

drop index tenantry.resources_in_trouble, tenantry.projects_in_trouble, tenantry.projects_by_region,
  tenantry.tenants_by_failure, tenantry.tenants_by_plan, tenantry.tenants_by_state, tenantry.tenants_by_update,
  tenantry.tenants_by_creation, tenantry.tenants_by_id;
