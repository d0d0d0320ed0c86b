-- Up Migration

-- The fleet's customer that a tenant belongs to, as the application names it: operations of one customer do not delay another's.
alter table tenantry.tenants add column customer text;

-- Down Migration

alter table tenantry.tenants drop column customer;
