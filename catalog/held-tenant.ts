import type { Kysely } from 'kysely';
import { isSettled, type TenantState } from '../tenancy/lifecycle.js';
import type { CatalogSchema } from './schema.js';
import { StaleRunError, type Tenant, type TenantKey, tenantOf, tenantRows, type Writer } from './tenant.js';

/*
 * A tenant is in the hands of one run at a time: the one that its row names. Whatever changes the row, a database or
 * Neon for the tenant proves here that it is that run's.
 */

/** The tenant's row, which nobody else changes until the transaction ends. */
export async function lockTenant(tx: Kysely<CatalogSchema>, key: TenantKey): Promise<Tenant | undefined> {
  const locked = await tx
    .selectFrom('tenants')
    .select('id')
    .where('fleet', '=', key.fleet)
    .where('id', '=', key.id)
    .forUpdate()
    .executeTakeFirst();
  const row = locked && (await rowOf(tx, key).executeTakeFirst());
  return row && tenantOf(row);
}

/** The same, if it is in this run's hands. Throws `StaleRunError`. */
export async function lockHeldTenant(tx: Kysely<CatalogSchema>, writer: Writer): Promise<Tenant> {
  const tenant = await lockTenant(tx, writer);
  if (tenant?.runId === writer.runId) return tenant;
  throw staleRun(writer, tenant);
}

/** Throws `StaleRunError` unless the tenant is in this run's hands. */
export async function requireHeld(db: Kysely<CatalogSchema>, writer: Writer): Promise<void> {
  const row = await rowOf(db, writer).executeTakeFirst();
  if (row?.run_id !== writer.runId) throw staleRun(writer, row && tenantOf(row));
}

/** Another run holds the tenant, and was not seen closed; nothing was changed. */
export interface Held {
  readonly kind: 'held';
  readonly runId: string;
}

/**
 * The run that holds a tenant in a passing state; nothing where it is this very run, or one that was seen closed: it was
 * ended by force, and nobody else would let go of the tenant.
 */
export function holdOf(
  { state, run_id }: { readonly state: TenantState; readonly run_id: string },
  { runId }: Writer,
  seenClosed: string | undefined,
): Held | undefined {
  if (isSettled(state) || run_id === runId || run_id === seenClosed) return undefined;
  return { kind: 'held', runId: run_id };
}

/** What a run is told that no longer holds the tenant, or never did: who does. */
export function staleRun({ id, runId }: Writer, found: Tenant | undefined): StaleRunError {
  const holder =
    found === undefined
      ? 'the catalog has no such tenant any more'
      : `run ${found.runId} is the one that holds it, or held it last, and it is ${found.state}`;
  return new StaleRunError(
    `run ${runId} does not hold tenant "${id}", so it changes nothing and undoes nothing: ${holder}`,
  );
}

function rowOf(db: Kysely<CatalogSchema>, { fleet, id }: TenantKey) {
  return tenantRows(db).where('tenants.fleet', '=', fleet).where('tenants.id', '=', id);
}
