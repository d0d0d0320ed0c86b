-- Up Migration

-- What Neon last said where it does not know a worker's key, and since when: { message, since }. Null while it knows it.
alter table tenantry.workers add column key_refusal jsonb;

-- Down Migration

alter table tenantry.workers drop column key_refusal;
