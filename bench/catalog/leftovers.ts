import type pg from 'pg';
import { createSeal } from '../../catalog/seal.js';
import { contextOf } from '../../catalog/sealed-rows.js';
import { appRoleName, projectName, tenantWorkflowId } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';

/** As long as an id of Neon's, such as sparkling-hill-99143322. */
const neonIdLength = 23;
const sample = 'tenant-0000001' as TenantId;

/** Gives the rows of `insertFleet` names and ids of the length that real ones have, so that a row is as large as a real one. */
export async function withRealNames(client: pg.ClientBase, fleet: string): Promise<void> {
  await client.query('alter table tenantry.projects disable trigger user');
  await client.query(
    `update tenantry.projects set name = rpad(name, $2, '-'), neon_id = rpad(neon_id, $3, '-'), create_posts = 1 where fleet = $1`,
    [fleet, projectName(fleet, sample, '').length, neonIdLength],
  );
  await client.query('alter table tenantry.projects enable trigger user');
  await client.query(
    `update tenantry.usage_projects set project_id = rpad(project_id, $2, '-') where fleet = $1`,
    [fleet, neonIdLength],
  );
  await client.query(
    `update tenantry.tenants set run_id = gen_random_uuid(), app_role = rpad(app_role, $2, '_'), schema_version = '0012_documents_by_title'
     where fleet = $1`,
    [fleet, appRoleName(sample).length],
  );
  await client.query(
    `update tenantry.progress p set run_id = t.run_id from tenantry.tenants t
     where t.fleet = $1 and t.fleet = p.fleet and t.id = p.tenant_id`,
    [fleet],
  );
  await client.query(
    'vacuum full analyze tenantry.tenants, tenantry.projects, tenantry.usage_projects, tenantry.progress',
  );
}

/** What else an onboarding leaves of each tenant: two lines of history, and two sealed credentials that nothing opens. */
export async function insertLeftovers(client: pg.ClientBase, fleet: string): Promise<void> {
  await client.query(
    `insert into tenantry.history (fleet, tenant_id, operation, event, state, workflow_id, run_id, detail)
     select fleet, id, 'onboard', event, line.state, rpad($2, $3, '-'), run_id, detail::jsonb
     from tenantry.tenants, (values ('began', 'provisioning', '{"plan":"free"}'), ('succeeded', 'ready', '{"region":"aws-us-east-1"}'))
       as line (event, state, detail) where fleet = $1`,
    [fleet, 'tenant/', tenantWorkflowId(fleet, sample).length],
  );
  await client.query(
    `insert into tenantry.secret_generations (fleet, tenant_id, kind)
     select fleet, id, kind from tenantry.tenants, (values ('owner'), ('app')) as of (kind) where fleet = $1`,
    [fleet],
  );
  const uri = `postgresql://app_owner:npg_0123456789ab@ep-sparkling-hill-99143322.us-east-1.aws.neon.tech/app?sslmode=require`;
  const seal = createSeal(new Map([['2026', Buffer.alloc(32)]]));
  const { keyId, nonce, ciphertext } = seal.seal(uri, contextOf({ fleet, id: sample }, 'owner', '1'));
  await client.query(
    `insert into tenantry.secrets (fleet, tenant_id, kind, generation, key_id, nonce, ciphertext)
     select fleet, tenant_id, kind, generation, $2, $3, $4 from tenantry.secret_generations where fleet = $1`,
    [fleet, keyId, nonce, ciphertext],
  );
  await client.query('vacuum analyze tenantry.history, tenantry.secret_generations, tenantry.secrets');
}
