import { type Kysely, sql } from 'kysely';
import { appendEvent } from './events.js';
import { forgetProjects } from './projects.js';
import type { CatalogSchema } from './schema.js';
import { ErasedTenantError, type TenantKey, type Writer } from './tenant.js';

/**
 * Deletes all that the catalog knows of a tenant, including its history, its events and its part in rollouts, and
 * leaves a tombstone: the id, and when and by which run it was erased. Must be called in a transaction that has
 * locked the tenant's row.
 */
export async function buryTenant(tx: Kysely<CatalogSchema>, { fleet, id, runId }: Writer): Promise<void> {
  // This deletes its secrets and resources too.
  await tx.deleteFrom('tenants').where('fleet', '=', fleet).where('id', '=', id).execute();
  // A project that may still turn up stays on record, so that it is looked for.
  await forgetProjects(tx, { fleet, id }, ['gone']);
  await tx.deleteFrom('history').where('fleet', '=', fleet).where('tenant_id', '=', id).execute();
  await tx.deleteFrom('events').where('fleet', '=', fleet).where('tenant_id', '=', id).execute();
  await tx.deleteFrom('rollout_tenants').where('fleet', '=', fleet).where('tenant_id', '=', id).execute();
  await tx.deleteFrom('findings').where('fleet', '=', fleet).where('tenant_id', '=', id).execute();
  await tx.deleteFrom('drills').where('fleet', '=', fleet).where('tenant_id', '=', id).execute();
  await unnameUsage(tx, { fleet, id });
  for (const table of ['budget_warnings', 'budget_stops'] as const)
    await tx.deleteFrom(table).where('fleet', '=', fleet).where('tenant_id', '=', id).execute();
  await tx
    .insertInto('tombstones')
    .values({ fleet, tenant_id: id, run_id: runId })
    .onConflict((conflict) =>
      conflict.columns(['fleet', 'tenant_id']).doUpdateSet({ erased_at: sql`now()`, run_id: runId }),
    )
    .execute();
  // Receivers of the tenant's events must learn that it is erased; the event says no more than the tombstone.
  await appendEvent(tx, { fleet, tenantId: id }, 'tenant.erased.v1', {
    ...{ fleet, tenant: id, operation: 'erase', state: 'none', run: runId },
  });
}

/** The tenant's usage was paid for, so it stays in the sums, but without the tenant's id. */
async function unnameUsage(tx: Kysely<CatalogSchema>, { fleet, id }: TenantKey): Promise<void> {
  // Hours become days meanwhile (`retention.ts`), and never days hours.
  for (const table of ['usage', 'usage_days', 'usage_projects'] as const)
    await tx
      .updateTable(table)
      .set({ tenant_id: null })
      .where('fleet', '=', fleet)
      .where('tenant_id', '=', id)
      .execute();
}

/** Whether this run erased the tenant. */
export async function isBuriedBy(db: Kysely<CatalogSchema>, { fleet, id, runId }: Writer): Promise<boolean> {
  const tombstone = await db
    .selectFrom('tombstones')
    .select('run_id')
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .executeTakeFirst();
  return tombstone?.run_id === runId;
}

/** Prevents accidental reuse of an erased id: a caller must request it. Throws `ErasedTenantError`. */
export async function refuseErased(db: Kysely<CatalogSchema>, { fleet, id }: TenantKey): Promise<void> {
  const tombstone = await db
    .selectFrom('tombstones')
    .select('erased_at')
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .executeTakeFirst();
  if (tombstone !== undefined) throw new ErasedTenantError(tombstone.erased_at);
}
