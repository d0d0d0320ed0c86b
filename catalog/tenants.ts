import type { Kysely, UpdateObject } from 'kysely';
import { type TenantState, transitionOf } from '../tenancy/lifecycle.js';
import { type Held, holdOf, lockTenant, requireHeld } from './held-tenant.js';
import { appendHistory } from './history.js';
import { condemnProjects, intendProject, now } from './projects.js';
import type { CatalogSchema } from './schema.js';
import { type Tenant, type TenantKey, tenantOf, tenantRows, type Writer } from './tenant.js';
import { countTenants, type PageRequest, type TenantRows, tenantPage } from './tenant-page.js';
import { refuseErased } from './tombstones.js';

export interface Onboarding {
  readonly tenant: Tenant;
  /** The state found; `undefined` for an unknown tenant. */
  readonly from: TenantState | undefined;
  /** Whether onboarding may begin in that state; if not, nothing was changed. */
  readonly begun: boolean;
  /** A project of an earlier run may still exist. */
  readonly leftover: boolean;
}

export interface OnboardingNames {
  readonly plan: string;
  /** The customer that the tenant belongs to. @default none */
  readonly customer?: string | undefined;
  /** The name of its project at Neon. */
  readonly projectName: string;
  readonly appRole: string;
  /** Whether the id may be that of an erased tenant. */
  readonly reuseErased?: boolean;
}

export interface Tenants {
  get(key: TenantKey): Promise<Tenant | undefined>;
  /** Throws `StaleRunError` unless this run holds the tenant. */
  requireHeld(writer: Writer): Promise<void>;
  /** A page of a fleet's matching tenants, in order, from a position on. */
  page(fleet: string, asked: PageRequest): Promise<TenantRows>;
  /** The number of matching tenants, from a position on. */
  count(fleet: string, asked: Omit<PageRequest, 'limit'>): Promise<number>;
  /**
   * Takes the tenant for a run, if its state allows; idempotent for the same run. Throws `ErasedTenantError`, `NameTakenError`.
   * @param seenClosed The run that is known to be closed, and so no longer holds the tenant.
   */
  beginOnboarding(writer: Writer, as: OnboardingNames, seenClosed?: string): Promise<Onboarding | Held>;
  /** Throws `ErasedTenantError` for an id that was erased for good. */
  refuseErased(key: TenantKey): Promise<void>;
  /** Records the newest migration that its database has; `undefined` for none. */
  noteSchema(writer: Writer, newest: string | undefined): Promise<void>;
  /** Records that its database is gone, and with it its migrations. */
  forgetSchema(writer: Writer): Promise<void>;
}

export function createTenants(db: Kysely<CatalogSchema>): Tenants {
  return {
    async get({ fleet, id }) {
      const row = await tenantRows(db)
        .where('tenants.fleet', '=', fleet)
        .where('tenants.id', '=', id)
        .executeTakeFirst();
      return row && tenantOf(row);
    },
    requireHeld: (writer) => requireHeld(db, writer),
    page: (fleet, asked) => tenantPage(db, fleet, asked),
    count: (fleet, asked) => countTenants(db, fleet, asked),
    beginOnboarding: (writer, as, seenClosed) => beginOnboarding(db, writer, as, seenClosed),
    refuseErased: (key) => refuseErased(db, key),
    noteSchema: (writer, newest) => updateHeld(db, writer, { schema_version: newest ?? null }),
    forgetSchema: (writer) => updateHeld(db, writer, { schema_version: null }),
  };
}

type TenantUpdate = UpdateObject<CatalogSchema, 'tenants'>;

async function updateHeld(db: Kysely<CatalogSchema>, writer: Writer, change: TenantUpdate): Promise<void> {
  const { numUpdatedRows } = await db
    .updateTable('tenants')
    .set({ ...change, updated_at: now })
    .where('fleet', '=', writer.fleet)
    .where('id', '=', writer.id)
    .where('run_id', '=', writer.runId)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) await requireHeld(db, writer);
}

function beginOnboarding(
  db: Kysely<CatalogSchema>,
  writer: Writer,
  as: OnboardingNames,
  seenClosed: string | undefined,
): Promise<Onboarding | Held> {
  const { fleet, id, runId } = writer;
  const { during, from } = transitionOf('onboard');
  const row = { plan: as.plan, customer: as.customer ?? null, app_role: as.appRole, run_id: runId };
  return db.transaction().execute(async (tx) => {
    if (!as.reuseErased) await refuseErased(tx, writer);
    // The second of two concurrent calls waits here for the first, so that the state read below is the state changed.
    const { numInsertedOrUpdatedRows: inserted } = await tx
      .insertInto('tenants')
      .values({ fleet, id, state: during, ...row })
      .onConflict((conflict) => conflict.columns(['fleet', 'id']).doNothing())
      .executeTakeFirstOrThrow();
    const isNew = inserted === 1n;
    const found = await lockTenant(tx, writer);
    if (found === undefined) throw new Error('a row that was just inserted is not there');
    if (!from.includes(found.state))
      return { tenant: found, from: found.state, begun: false, leftover: false };
    const held = holdOf({ state: found.state, run_id: found.runId }, writer, seenClosed);
    if (held !== undefined) return held;
    if (!isNew)
      await tx
        .updateTable('tenants')
        .set({ state: during, ...row, failure: null, updated_at: now })
        .where('fleet', '=', fleet)
        .where('id', '=', id)
        .execute();
    // Whatever an earlier run has or may have created is deleted first; nothing of this run is, even if this call is
    // repeated.
    const others = isNew || found.runId !== runId;
    const leftover = (await condemnProjects(tx, writer, others ? ['live', 'next', 'former'] : [])).length > 0;
    if (!leftover) await intendProject(tx, writer, as.projectName, 'live');
    const detail = { plan: as.plan };
    await appendHistory(tx, writer, { operation: 'onboard', event: 'began', state: during, detail });
    const tenant = (await lockTenant(tx, writer)) ?? found;
    return { tenant, from: isNew ? undefined : found.state, begun: true, leftover };
  });
}
