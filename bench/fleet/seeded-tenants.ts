import type pg from 'pg';
import { createSeal } from '../../catalog/seal.js';
import { contextOf } from '../../catalog/sealed-rows.js';
import { appRoleName, projectName, tenantWorkflowId } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';

const page = 1_000;

interface Seeded {
  readonly fleet: string;
  readonly tenants: number;
  readonly schemaVersion: string;
  readonly sealKeys: ReadonlyMap<string, Buffer>;
}

/** Ready tenants as their onboarding leaves them in the catalog: the row, its project, two sealed secrets, and two lines of history. */
export async function seedTenants(client: pg.ClientBase, seeded: Seeded): Promise<void> {
  const { rows } = await client.query<{ id: string }>('select id from tenantry.installation');
  const installation = rows[0]?.id ?? '';
  for (let from = 0; from < seeded.tenants; from += page) {
    const ids = Array.from(
      { length: Math.min(page, seeded.tenants - from) },
      (_, n) => `tenant-${String(from + n).padStart(6, '0')}` as TenantId,
    );
    await client.query('begin');
    await seedPage(client, seeded, installation, ids);
    await client.query('commit');
  }
  await client.query('vacuum analyze');
}

async function seedPage(
  client: pg.ClientBase,
  { fleet, schemaVersion, sealKeys }: Seeded,
  installation: string,
  ids: readonly TenantId[],
): Promise<void> {
  const names = ids.map((id) => projectName(fleet, id, installation));
  const workflows = ids.map((id) => tenantWorkflowId(fleet, id));
  await client.query(
    `insert into tenantry.tenants
       (fleet, id, state, settled_state, plan, app_role, schema_version, run_id, created_at, updated_at, ready_at)
     select $1, id, 'ready', 'ready', 'bench', role, $4, 'seed-' || id, now(), now(), now()
     from unnest($2::text[], $3::text[]) as seed (id, role)`,
    [fleet, ids, ids.map(appRoleName), schemaVersion],
  );
  await client.query(
    `insert into tenantry.projects (name, fleet, tenant_id, role, neon_id, region, create_posts, schema_version)
     select name, $1, id, 'live', 'seed-' || name, 'aws-us-east-1', 1, null
     from unnest($2::text[], $3::text[]) as seed (id, name)`,
    [fleet, ids, names],
  );
  await client.query(
    `insert into tenantry.history (fleet, tenant_id, operation, event, state, workflow_id, run_id)
     select $1, id, 'onboard', event, state, workflow, 'seed-' || id
     from unnest($2::text[], $3::text[]) as seed (id, workflow),
       (values (1, 'began', 'provisioning'), (2, 'succeeded', 'ready')) as line (at, event, state)
     order by id, at`,
    [fleet, ids, workflows],
  );
  const { rows } = await client.query<{ tenant_id: TenantId; kind: 'owner' | 'app'; generation: string }>(
    `insert into tenantry.secret_generations (fleet, tenant_id, kind)
     select $1, id, kind from unnest($2::text[]) as seed (id), (values ('owner'), ('app')) as of (kind)
     returning tenant_id, kind, generation`,
    [fleet, ids],
  );
  const seal = createSeal(sealKeys);
  const sealed = rows.map(({ tenant_id: id, kind, generation }) =>
    seal.seal(`postgresql://${id}:none@${id}.invalid/app`, contextOf({ fleet, id }, kind, generation)),
  );
  await client.query(
    `insert into tenantry.secrets (fleet, tenant_id, kind, generation, key_id, nonce, ciphertext)
     select $1, * from unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bytea[], $7::bytea[])`,
    [
      fleet,
      rows.map(({ tenant_id }) => tenant_id),
      rows.map(({ kind }) => kind),
      rows.map(({ generation }) => generation),
      sealed.map(({ keyId }) => keyId),
      sealed.map(({ nonce }) => nonce),
      sealed.map(({ ciphertext }) => ciphertext),
    ],
  );
}
