import type { Kysely } from 'kysely';
import { isSettled, type TenantState } from '../tenancy/lifecycle.js';
import type { CatalogSchema } from './schema.js';
import { StaleRunError, type Tenant, type TenantKey, tenantOf, tenantRows, type Writer } from './tenant.js';

/*
 * A tenant is held by one run at a time: the one that its row names. Code that changes the row, a database or
 * Neon for the tenant proves here that its run holds the tenant.
 */

/** The tenant's row, locked until the transaction ends. */
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

/** The same, if this run holds the tenant. Throws `StaleRunError`. */
export async function lockHeldTenant(tx: Kysely<CatalogSchema>, writer: Writer): Promise<Tenant> {
  const tenant = await lockTenant(tx, writer);
  if (tenant?.runId === writer.runId) return tenant;
  throw staleRun(writer, tenant);
}

/**
 * The same, while its operation is under way. An attempt that was frozen may go on after its run was terminated and given
 * up, or has undone everything: it begins nothing that nobody would undo. Throws `StaleRunError`.
 */
export async function lockWorkedOnTenant(tx: Kysely<CatalogSchema>, writer: Writer): Promise<Tenant> {
  const tenant = await lockHeldTenant(tx, writer);
  if (isSettled(tenant.state)) throw staleRun(writer, tenant);
  return tenant;
}

/** Throws `StaleRunError` unless this run holds the tenant. */
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
 * The other run that holds a tenant in a transitional state; `undefined` when it is this run, or one that was seen
 * closed: that one was terminated, and would never release the tenant.
 */
export function holdOf(
  { state, run_id }: { readonly state: TenantState; readonly run_id: string },
  { runId }: Writer,
  seenClosed: string | undefined,
): Held | undefined {
  if (isSettled(state) || run_id === runId || run_id === seenClosed) return undefined;
  return { kind: 'held', runId: run_id };
}

/** The error for a run that does not hold the tenant; it names the one that does. */
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
