import { type Kysely, sql, type UpdateObject } from 'kysely';
import { lifecycle, type TenantState, transitionOf } from '../tenancy/lifecycle.js';
import { storableJson } from '../tenancy/storable.js';
import { type Held, holdOf, requireHeld } from './held-tenant.js';
import { appendHistory } from './history.js';
import { orNameTaken } from './name-taken.js';
import type { CatalogSchema, FailureReason } from './schema.js';
import { type Tenant, type TenantKey, TenantRecordError, tenantOf, type Writer } from './tenant.js';
import { refuseErased } from './tombstones.js';

export interface Onboarding {
  readonly tenant: Tenant;
  /** The state found; `undefined` for a tenant not heard of before. */
  readonly from: TenantState | undefined;
  /** Whether onboarding may begin in that state; nothing was changed when not. */
  readonly begun: boolean;
  /** A project of an earlier run may still exist. */
  readonly leftover: boolean;
}

export interface OnboardingNames {
  readonly plan: string;
  readonly projectName: string;
  readonly appRole: string;
  /** The id may be one that was erased. */
  readonly reuseErased?: boolean;
}

export interface Tenants {
  get(key: TenantKey): Promise<Tenant | undefined>;
  /** Throws `StaleRunError` unless the tenant is in this run's hands. */
  requireHeld(writer: Writer): Promise<void>;
  /** All tenants of a fleet, by id. */
  list(fleet: string): Promise<Tenant[]>;
  /**
   * Takes the tenant for a run, if its state allows. The same run may ask again. Throws `ErasedTenantError`, `NameTakenError`.
   * @param seenClosed The run that is known to be closed, and so holds nothing any more.
   */
  beginOnboarding(writer: Writer, as: OnboardingNames, seenClosed?: string): Promise<Onboarding | Held>;
  /** Notes that a create is about to be sent, and for which region: before it, so that a crash cannot hide it. */
  markCreatePosted(writer: Writer, region?: string): Promise<void>;
  /** Notes that the create was certainly not done: Neon refused it, or a look found nothing. */
  clearCreatePosted(writer: Writer, outcome: 'refused' | 'not-seen'): Promise<void>;
  /** Notes the tenant's project. Whoever comes second with another one is refused: it is one too many. */
  recordProject(writer: Writer, projectId: string): Promise<void>;
  /** Notes that a project is deleted, if it was this tenant's on record. */
  recordDeletion(key: TenantKey, projectId: string): Promise<void>;
  /** Forgets all creates, once every project they may have made is certainly gone. */
  forgetProject(writer: Writer): Promise<void>;
  /** Notes whose logins are known in a project. */
  noteLogins(writer: Writer, projectId: string, logins: readonly string[]): Promise<void>;
  publish(
    writer: Writer,
    as: { readonly schemaVersion: string | undefined; readonly access: string },
  ): Promise<void>;
  fail(writer: Writer, reason: FailureReason): Promise<void>;
}

export function createTenants(db: Kysely<CatalogSchema>): Tenants {
  const update = (writer: Writer, change: TenantUpdate) => updateHeld(db, writer, change);
  return {
    async get({ fleet, id }) {
      const row = await db
        .selectFrom('tenants')
        .selectAll()
        .where('fleet', '=', fleet)
        .where('id', '=', id)
        .executeTakeFirst();
      return row && tenantOf(row);
    },
    requireHeld: (writer) => requireHeld(db, writer),
    async list(fleet) {
      const rows = await db
        .selectFrom('tenants')
        .selectAll()
        .where('fleet', '=', fleet)
        .orderBy('id')
        .execute();
      return rows.map(tenantOf);
    },
    beginOnboarding: (writer, as, seenClosed) => beginOnboarding(db, writer, as, seenClosed),
    markCreatePosted: (writer, region) =>
      update(writer, {
        create_posted_at: now,
        create_posts: sql`create_posts + 1`,
        project_region: region ?? null,
      }),
    clearCreatePosted: (writer, outcome) =>
      update(writer, {
        create_posted_at: null,
        // A create that was not seen may yet turn up, so it stays counted.
        ...(outcome === 'refused' ? { create_posts: sql`create_posts - 1` } : {}),
      }),
    async recordProject(writer, projectId) {
      const { numUpdatedRows } = await heldRow(db, writer, { project_id: projectId, create_posted_at: null })
        .where((row) => row.or([row('project_id', 'is', null), row('project_id', '=', projectId)]))
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) throw await elsewhere(db, writer, projectId);
    },
    async recordDeletion({ fleet, id }, projectId) {
      await db
        .updateTable('tenants')
        .set({ project_id: null, updated_at: now })
        .where('fleet', '=', fleet)
        .where('id', '=', id)
        .where('project_id', '=', projectId)
        .execute();
    },
    forgetProject: (writer) =>
      update(writer, {
        project_id: null,
        project_region: null,
        create_posted_at: null,
        create_posts: 0,
        schema_version: null,
      }),
    noteLogins: (writer, projectId, logins) =>
      update(writer, {
        known_logins: sql`known_logins || ${storableJson({ [projectId]: logins })}::jsonb`,
      }),
    publish: (writer, { schemaVersion, access }) => {
      const detail = schemaVersion === undefined ? {} : { schemaVersion };
      return endOnboarding(db, writer, 'succeeded', detail, {
        ready_at: now,
        schema_version: schemaVersion ?? null,
        access,
        failure: null,
      });
    },
    fail: (writer, reason) =>
      endOnboarding(db, writer, 'failed', { ...reason }, { ready_at: null, failure: storableJson(reason) }),
  };
}

type TenantUpdate = UpdateObject<CatalogSchema, 'tenants'>;

/** The tenant's row, if it is in this run's hands. */
function heldRow(db: Kysely<CatalogSchema>, { fleet, id, runId }: Writer, change: TenantUpdate) {
  return db
    .updateTable('tenants')
    .set({ ...change, updated_at: now })
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .where('run_id', '=', runId);
}

async function updateHeld(db: Kysely<CatalogSchema>, writer: Writer, change: TenantUpdate): Promise<void> {
  const { numUpdatedRows } = await heldRow(db, writer, change).executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) await requireHeld(db, writer);
}

/** The tenant has another project, if it is still in this run's hands. */
async function elsewhere(db: Kysely<CatalogSchema>, writer: Writer, projectId: string): Promise<Error> {
  await requireHeld(db, writer);
  return new TenantRecordError(`project ${projectId} is not the one that is kept`);
}

/** Brings the tenant to the state in which the onboarding ends, together with its line of history. */
function endOnboarding(
  db: Kysely<CatalogSchema>,
  writer: Writer,
  event: 'succeeded' | 'failed',
  detail: Readonly<Record<string, unknown>>,
  change: TenantUpdate,
): Promise<void> {
  const state = lifecycle.onboard[event];
  return db.transaction().execute(async (tx) => {
    await updateHeld(tx, writer, { ...change, state, settled_state: state });
    await appendHistory(tx, writer, { operation: 'onboard', event, state, detail });
  });
}

const now = sql<Date>`now()`;

function beginOnboarding(
  db: Kysely<CatalogSchema>,
  writer: Writer,
  as: OnboardingNames,
  seenClosed: string | undefined,
): Promise<Onboarding | Held> {
  const { fleet, id, runId } = writer;
  const { during, from } = transitionOf('onboard');
  const row = { plan: as.plan, project_name: as.projectName, app_role: as.appRole, run_id: runId };
  return db.transaction().execute(async (tx) => {
    if (!as.reuseErased) await refuseErased(tx, writer);
    // Whoever comes second waits here for the first, so that the state read below is the state changed.
    const inserted = await tx
      .insertInto('tenants')
      .values({ fleet, id, state: during, ...row })
      .onConflict((conflict) => conflict.columns(['fleet', 'id']).doNothing())
      .returningAll()
      .executeTakeFirst()
      .catch(orNameTaken(as.projectName));
    const began = { operation: 'onboard', event: 'began', state: during, detail: { plan: as.plan } } as const;
    if (inserted !== undefined) {
      await appendHistory(tx, writer, began);
      return { tenant: tenantOf(inserted), from: undefined, begun: true, leftover: false };
    }
    const found = await tx
      .selectFrom('tenants')
      .selectAll()
      .where('fleet', '=', fleet)
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (!from.includes(found.state)) {
      return { tenant: tenantOf(found), from: found.state, begun: false, leftover: false };
    }
    const held = holdOf(found, writer, seenClosed);
    if (held !== undefined) return held;
    const begun = await tx
      .updateTable('tenants')
      .set({ state: during, ...row, failure: null, updated_at: now })
      .where('fleet', '=', fleet)
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow()
      .catch(orNameTaken(as.projectName));
    await appendHistory(tx, writer, began);
    return {
      tenant: tenantOf(begun),
      from: found.state,
      begun: true,
      leftover: found.project_id !== null || found.create_posts > 0,
    };
  });
}
