-- Up Migration

-- Where the tenant's project was asked for, or was when it was adopted: compared before anything is deleted. Not known of
-- tenants from before.
alter table tenantry.tenants add column project_region text;

-- Down Migration

alter table tenantry.tenants drop column project_region;
