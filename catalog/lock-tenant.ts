import type { Kysely } from 'kysely';
import type { CatalogSchema } from './schema.js';
import { StaleRunError, type Tenant, type TenantKey, tenantOf, type Writer } from './tenant.js';

/** The tenant's row, which nobody else changes until the transaction ends. */
export async function lockTenant(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
): Promise<Tenant | undefined> {
  const row = await tx
    .selectFrom('tenants')
    .selectAll()
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row && tenantOf(row);
}

/** The same, if it is in this run's hands. Throws `StaleRunError`. */
export async function lockHeldTenant(tx: Kysely<CatalogSchema>, writer: Writer): Promise<Tenant> {
  const tenant = await lockTenant(tx, writer);
  if (tenant?.runId === writer.runId) return tenant;
  throw new StaleRunError(`run ${writer.runId} no longer writes for this tenant`);
}
