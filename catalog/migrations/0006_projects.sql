-- Up Migration

-- Every project that was ever asked of Neon, or adopted: whatever it is to its tenant, and whatever has become of that tenant
-- or of the run that asked. A create that was sent is never forgotten, only settled, so nothing here hangs on `tenants`.
create table tenantry.projects (
  -- What it is called at Neon. Ours are distinct by construction, and are found by it when a reply was lost.
  name text primary key,
  fleet text not null,
  tenant_id text not null,
  -- The roles are one table in catalog/projects.ts; a second list here could only fall behind.
  role text not null,
  -- Known once Neon's answer to the create was read, or the project was found again by its name.
  neon_id text unique,
  -- Where it was asked for, or was when it was adopted: compared before anything is deleted.
  region text,
  -- It was there before Tenantry, so its name is not ours: others may have the same.
  adopted boolean not null default false,
  -- How often a create was sent and not certainly refused.
  create_posts integer not null default 0,
  -- Set before each POST, cleared by a certain answer to it, or by a look that found nothing after the grace.
  create_posted_at timestamptz,
  -- Since when more projects of the name may turn up than the one on record.
  in_doubt_since timestamptz,
  -- Who could log in before the tenant's own role was handed out.
  known_logins jsonb not null default '[]',
  -- The newest migration that a former one had when it was left.
  schema_version text,
  -- The run that left it, and when.
  left_by text,
  left_at timestamptz,
  -- When the sweep is to see to it; how often that failed since it last went well, and of what.
  due_at timestamptz,
  tries integer not null default 0,
  trouble text,
  created_at timestamptz not null default now()
);
create unique index projects_live on tenantry.projects (fleet, tenant_id) where role = 'live';
create index on tenantry.projects (fleet, tenant_id);
create index on tenantry.projects (fleet, due_at) where due_at is not null;

insert into tenantry.projects
    (name, fleet, tenant_id, role, neon_id, region, adopted, create_posts, create_posted_at, in_doubt_since, known_logins)
  select project_name, fleet, id,
    case when project_id is null and create_posts = 0 then 'gone' else 'live' end,
    project_id, project_region, adopted, create_posts, create_posted_at,
    case when create_posted_at is not null or create_posts > 1 then now() end,
    coalesce(known_logins -> project_id, '[]')
  from tenantry.tenants;
insert into tenantry.projects
    (name, fleet, tenant_id, role, neon_id, region, adopted, create_posts, create_posted_at, in_doubt_since, known_logins,
     schema_version, left_by, left_at, due_at, created_at)
  select r.name, r.fleet, r.tenant_id,
    case when (r.detail ->> 'retiring')::boolean then 'condemned' when r.kind = 'next-project' then 'next' else 'former' end,
    nullif(r.neon_id, ''), r.detail ->> 'region', coalesce((r.detail ->> 'adopted')::boolean, false),
    (r.detail ->> 'createPosts')::integer, (r.detail ->> 'createPostedAt')::timestamptz,
    case when r.detail ->> 'createPostedAt' is not null or (r.detail ->> 'createPosts')::integer > 1 then now() end,
    coalesce(t.known_logins -> r.project_id, '[]'),
    r.detail ->> 'schemaVersion', r.detail ->> 'keeper',
    case when r.kind = 'former-project' then r.created_at end,
    r.expires_at, r.created_at
  from tenantry.resources r join tenantry.tenants t on t.fleet = r.fleet and t.id = r.tenant_id
  where r.kind in ('next-project', 'former-project');
update tenantry.projects set due_at = now() where due_at is null and (in_doubt_since is not null or role = 'condemned');
delete from tenantry.resources where kind in ('next-project', 'former-project');

alter table tenantry.tenants
  drop column project_name, drop column project_id, drop column project_region, drop column adopted,
  drop column create_posts, drop column create_posted_at, drop column known_logins;

-- A copy of a tenant's database goes when its time is up; the sweep sees to it.
alter table tenantry.resources add column tries integer not null default 0, add column trouble text, add column due_at timestamptz;
update tenantry.resources set due_at = expires_at where kind = 'branch';
create index on tenantry.resources (fleet, due_at) where due_at is not null;

-- The organization of Neon's that the installation's projects are in: a key of another one sees none of them, and what it
-- does not find proves nothing.
alter table tenantry.installation add column neon_organization text;

-- Down Migration

do $$
begin
  if exists (select from tenantry.projects where role not in ('live', 'gone')) then
    raise exception 'tenants have projects besides their live ones, which the release before keeps otherwise';
  end if;
end $$;
alter table tenantry.installation drop column neon_organization;
alter table tenantry.resources drop column due_at, drop column trouble, drop column tries;
alter table tenantry.tenants
  add column project_name text, add column project_id text unique, add column project_region text,
  add column adopted boolean not null default false, add column create_posts integer not null default 0,
  add column create_posted_at timestamptz, add column known_logins jsonb not null default '{}';
update tenantry.tenants t set
    project_name = p.name, project_id = p.neon_id, project_region = p.region, adopted = p.adopted,
    create_posts = p.create_posts, create_posted_at = p.create_posted_at,
    known_logins = case when p.neon_id is null then '{}' else jsonb_build_object(p.neon_id, p.known_logins) end
  from tenantry.projects p where p.fleet = t.fleet and p.tenant_id = t.id and p.role = 'live';
update tenantry.tenants set project_name = fleet || '-' || id where project_name is null;
alter table tenantry.tenants alter column project_name set not null, add unique (project_name);
drop table tenantry.projects;
