import type pg from 'pg';
import { createSeal } from '../../catalog/seal.js';
import { contextOf } from '../../catalog/sealed-rows.js';
import type { Writer } from '../../catalog/tenant.js';
import { withClient } from '../support/sql.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

const kinds = ['app', 'owner'] as const;

/** What a secret made here says. */
export const secretOf = (id: string, kind: string) => `postgresql://${kind}:of-${id}@ep-1/app`;

/** Many tenants that are ready, each with two secrets sealed with the first of the keys. */
export async function manySealed(
  url: string,
  keys: ReadonlyMap<string, Buffer>,
  { fleet = 'rag', count }: { readonly fleet?: string; readonly count: number },
): Promise<Writer[]> {
  const seal = createSeal(keys);
  const ids = Array.from({ length: count }, (_, at) => tenantIdOf(`t-${at}`));
  const secrets = ids.flatMap((id) => kinds.map((kind) => ({ id, kind })));
  await withClient(url, async (client) => {
    await client.query(
      `insert into tenantry.tenants (fleet, id, state, settled_state, plan, app_role, run_id)
       select $1, id, 'ready', 'ready', 'free', id, 'run-1' from unnest($2::text[]) as id`,
      [fleet, ids],
    );
    const columns = [fleet, secrets.map(({ id }) => id), secrets.map(({ kind }) => kind)];
    const { rows } = await client.query<{
      tenant_id: string;
      kind: (typeof kinds)[number];
      generation: string;
    }>(
      `insert into tenantry.secret_generations (fleet, tenant_id, kind)
       select $1, * from unnest($2::text[], $3::text[]) returning tenant_id, kind, generation`,
      columns,
    );
    const sealed = rows.map(({ tenant_id, kind, generation }) =>
      seal.seal(secretOf(tenant_id, kind), contextOf({ fleet, id: tenantIdOf(tenant_id) }, kind, generation)),
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
  });
  return ids.map((id) => ({ fleet, id, runId: 'run-1', workflowId: 'tenant/test' }));
}

/** How many secrets are sealed with each key, as the table has it. */
export async function sealedWith(url: string): Promise<Record<string, number>> {
  const { rows } = await withClient(url, (client: pg.Client) =>
    client.query<{ key_id: string; count: string }>(
      'select key_id, count(*) from tenantry.secrets group by key_id order by key_id',
    ),
  );
  return Object.fromEntries(rows.map(({ key_id, count }) => [key_id, Number(count)]));
}
