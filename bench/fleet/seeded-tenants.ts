import type pg from 'pg';
import { createSeal } from '../../catalog/seal.js';
import { contextOf } from '../../catalog/sealed-rows.js';
import { appRoleName, projectName, tenantWorkflowId } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { inParallel } from '../figures.js';

const page = 1_000;
/** Projects that are made at the emulator side by side. */
const madeAtOnce = 8;

interface Seeded {
  readonly fleet: string;
  readonly tenants: number;
  readonly schemaVersion: string;
  readonly sealKeys: ReadonlyMap<string, Buffer>;
  /** Makes a tenant's project at Neon, under this name. @default there is none, but the catalog has one */
  readonly makeProject?: (name: string) => Promise<SeededProject>;
}

export interface SeededProject {
  readonly neonId: string;
  /** Its owner's connection string. */
  readonly owner: string;
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
  { fleet, schemaVersion, sealKeys, makeProject }: Seeded,
  installation: string,
  ids: readonly TenantId[],
): Promise<void> {
  const names = ids.map((id) => projectName(fleet, id, installation));
  const workflows = ids.map((id) => tenantWorkflowId(fleet, id));
  const projects = ids.map((id, at) => ({
    neonId: `seed-${names[at]}`,
    owner: `postgresql://${id}:none@${id}.invalid/app`,
  }));
  if (makeProject !== undefined)
    await inParallel(ids.length, madeAtOnce, async (at) => {
      projects[at] = await makeProject(names[at] ?? '');
    });
  const ownerOf = new Map(ids.map((id, at) => [id, projects[at]?.owner ?? '']));
  await client.query(
    `insert into tenantry.tenants
       (fleet, id, state, settled_state, plan, app_role, schema_version, run_id, created_at, updated_at, ready_at)
     select $1, id, 'ready', 'ready', 'bench', role, $4, 'seed-' || id, now(), now(), now()
     from unnest($2::text[], $3::text[]) as seed (id, role)`,
    [fleet, ids, ids.map(appRoleName), schemaVersion],
  );
  await client.query(
    `insert into tenantry.projects (name, fleet, tenant_id, role, neon_id, region, create_posts, schema_version)
     select name, $1, id, 'live', neon_id, 'aws-us-east-1', 1, null
     from unnest($2::text[], $3::text[], $4::text[]) as seed (id, name, neon_id)`,
    [fleet, ids, names, projects.map(({ neonId }) => neonId)],
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
    seal.seal(ownerOf.get(id) ?? '', contextOf({ fleet, id }, kind, generation)),
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
