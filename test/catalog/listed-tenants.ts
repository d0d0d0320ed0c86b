import type pg from 'pg';

/** A large fleet as it is in a catalog: most tenants ready, some failed, few in trouble, each with the steps of its last run; made one a second, changed in another order. */
export async function insertFleet(client: pg.ClientBase, fleet: string, tenants: number): Promise<void> {
  await client.query(
    `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id, failure, created_at, updated_at)
     select $1, 'tenant-' || lpad(n::text, 7, '0'),
       case when n % 2000 = 0 then 'updating' when n % 100 = 7 then 'failed' when n % 50 = 3 then 'suspended' else 'ready' end,
       'ready', (array['free', 'free', 'free', 'pro', 'pro', 'team'])[1 + n % 6], $1 || n, 'run',
       case when n % 100 = 7 or n % 4000 = 0 then
         jsonb_build_object('type', case n % 200 when 7 then 'MigrationFailed' else 'HookFailed' end, 'message', 'no') end,
       timestamptz '2024-01-01' + n * interval '1 second',
       timestamptz '2024-03-01' + (n::bigint * 7919 % $2) * interval '1 second'
     from generate_series(1, $2::bigint) n`,
    [fleet, tenants],
  );
  await client.query(
    `insert into tenantry.projects (fleet, tenant_id, name, neon_id, role, region, trouble)
     select $1, 'tenant-' || lpad(n::text, 7, '0'), $1 || n, $1 || n, 'live',
       case when n % 10 = 0 then 'aws-eu-central-1' else 'aws-us-east-1' end,
       case when n % 5000 = 1 then 'Neon does not let it go' end
     from generate_series(1, $2::bigint) n`,
    [fleet, tenants],
  );
  await client.query(
    `insert into tenantry.progress (fleet, tenant_id, run_id, updated_at, steps)
     select fleet, id, run_id, updated_at, '[{"name":"create project","at":1704067200000,"took":5000},{"name":"publish","at":1704067205000,"took":12}]'
     from tenantry.tenants where fleet = $1`,
    [fleet],
  );
  await client.query('vacuum analyze tenantry.tenants, tenantry.projects, tenantry.progress');
}
