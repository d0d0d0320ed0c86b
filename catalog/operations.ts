import { type Kysely, sql, type UpdateObject } from 'kysely';
import type { FailureReason } from '../tenancy/failure-reason.js';
import {
  isSettled,
  type SettledState,
  type TenantOperation,
  type TenantState,
  transitionOf,
} from '../tenancy/lifecycle.js';
import type { StartedBy } from '../tenancy/started-by.js';
import { storableJson } from '../tenancy/storable.js';
import { forgetBudgetStop } from './budgets.js';
import { noteFailedBackup } from './failed-backups.js';
import { type Held, holdOf, lockTenant, staleRun } from './held-tenant.js';
import { appendHistory } from './history.js';
import { announce } from './progress.js';
import { condemnProjects, forgetProjects } from './projects.js';
import { disownIntended } from './resources.js';
import { sleeperFailed, sleeperMigrated } from './rollout-sleepers.js';
import type { CatalogSchema, LeftBy } from './schema.js';
import type { Tenant, Writer } from './tenant.js';
import { buryTenant, isBuriedBy } from './tombstones.js';

export type OperationBeginning =
  /** This run holds the tenant. */
  | { readonly kind: 'begun'; readonly tenant: Tenant; readonly left: LeftBy | undefined }
  /** The tenant is already in the operation's target state: nothing was changed. */
  | { readonly kind: 'nothing-to-do'; readonly tenant: Tenant }
  | Held
  /** The lifecycle does not allow the operation from this state; nothing was changed. */
  | { readonly kind: 'refused'; readonly state: TenantState | 'none' }
  /** The run that it was to take the tenant up from no longer holds it; nothing was changed. */
  | { readonly kind: 'overtaken'; readonly state: TenantState };

export interface Taking {
  /** The run that is known to be closed, and so no longer holds the tenant. */
  readonly seenClosed?: string | undefined;
  readonly startedBy?: StartedBy | undefined;
}

/** How operations on an existing tenant take and release it, each with its entry in the history. */
export interface Operations {
  /** Takes the tenant for a run, if its state allows; idempotent for the same run. */
  begin(
    writer: Writer,
    operation: TenantOperation,
    detail: Readonly<Record<string, unknown>>,
    taking?: Taking,
  ): Promise<OperationBeginning>;
  succeed(writer: Writer, operation: TenantOperation, success: Success): Promise<Ended>;
  /** `undone`: the tenant is in its earlier state. If not, the operation keeps holding it. */
  fail(writer: Writer, operation: TenantOperation, reason: FailureReason, undone: boolean): Promise<Ended>;
}

export interface Ended {
  /** The state that the tenant is in from now on. */
  readonly state: TenantState | 'none';
  /** The run had already ended it, and only the response was lost. */
  readonly repeated: boolean;
}

export interface Success {
  /** The result. It holds no secret. */
  readonly detail: Readonly<Record<string, unknown>>;
  readonly change?: TenantChange;
  /** The operation was undone on request: the tenant is in its earlier state. */
  readonly takenBack?: boolean;
}

/** The fields of a tenant that an operation may have changed by the time it ends. */
export interface TenantChange {
  readonly plan?: string;
  readonly app_role?: string;
  readonly schema_version?: string | null;
  readonly access?: string | null;
}

export function createOperations(db: Kysely<CatalogSchema>): Operations {
  return {
    begin: (writer, operation, detail, { seenClosed, startedBy } = {}) =>
      db.transaction().execute(async (tx) => {
        const found = await lockTenant(tx, writer);
        if (found === undefined) return { kind: 'refused', state: 'none' };
        if (isOvertaken(found, writer, startedBy)) return { kind: 'overtaken', state: found.state };
        const { from, during, succeeded, repeatable } = transitionOf(operation);
        if (operation === 'suspend' && startedBy?.kind !== 'budget') await forgetBudgetStop(tx, writer);
        if (repeatable && found.state === succeeded) return { kind: 'nothing-to-do', tenant: found };
        if (!from.includes(found.state)) return { kind: 'refused', state: found.state };
        const held = holdOf({ state: found.state, run_id: found.runId }, writer, seenClosed);
        if (held !== undefined) return held;
        const left = await leftBy(tx, found, writer);
        await tx
          .updateTable('tenants')
          .set({
            state: during,
            run_id: writer.runId,
            left_by: left === undefined ? null : storableJson(left),
            failure: null,
            updated_at: sql`now()`,
            ...(isSettled(found.state) ? { settled_state: found.state } : {}),
          })
          .where('fleet', '=', writer.fleet)
          .where('id', '=', writer.id)
          .execute();
        // Only a move that holds the tenant has a next project. One that another run left is nobody's.
        if (found.runId !== writer.runId) {
          await condemnProjects(tx, writer, ['next']);
          await disownIntended(tx, writer);
        }
        await appendHistory(tx, writer, { operation, event: 'began', state: during, detail });
        return { kind: 'begun', tenant: (await lockTenant(tx, writer)) ?? found, left };
      }),
    succeed: (writer, operation, { detail, change = {}, takenBack = false }) =>
      db.transaction().execute(async (tx) => {
        const tenant = await heldTenant(tx, writer);
        if (typeof tenant === 'string') return { state: tenant, repeated: true };
        const state = settledBy(takenBack ? 'as-before' : transitionOf(operation).succeeded, tenant);
        if (operation === 'erase') {
          await buryTenant(tx, writer);
          await announce(tx, writer);
          return { state, repeated: false };
        }
        const since =
          tenant.settledState === undefined || tenant.settledState === 'failed'
            ? { ready_at: sql<Date>`now()` }
            : {};
        await settle(tx, writer, state, { ...change, ...since, failure: null });
        if (operation === 'migrate' && typeof change.schema_version === 'string')
          await sleeperMigrated(tx, writer, change.schema_version);
        await appendHistory(tx, writer, { operation, event: 'succeeded', state, detail });
        return { state, repeated: false };
      }),
    fail: (writer, operation, reason, undone) =>
      db.transaction().execute(async (tx) => {
        const tenant = await heldTenant(tx, writer);
        if (typeof tenant === 'string') return { state: tenant, repeated: true };
        const { during, failed, undoneLater } = transitionOf(operation);
        const state = undone || undoneLater ? settledBy(failed, tenant) : during;
        await settle(tx, writer, state, { failure: storableJson(reason) });
        // Nothing, as a rule: the undo has condemned what there was. A frozen attempt may have noted a create since.
        if (state !== 'none' && isSettled(state))
          await condemnProjects(tx, writer, operation === 'onboard' ? ['live', 'next'] : ['next']);
        if (operation === 'migrate') await sleeperFailed(tx, writer, reason);
        if (operation === 'snapshot') await noteFailedBackup(tx, writer, reason);
        await appendHistory(tx, writer, { operation, event: 'failed', state, detail: { ...reason } });
        return { state, repeated: false };
      }),
  };
}

/** Whether the run from which to take up the tenant has released it, or lost it, since it was found dead. */
function isOvertaken(
  { runId, state }: Pick<Tenant, 'runId' | 'state'>,
  writer: Writer,
  startedBy: StartedBy | undefined,
): boolean {
  if (startedBy?.kind !== 'take-up' || runId === writer.runId) return false;
  return runId !== startedBy.runId || isSettled(state);
}

/**
 * The tenant, if this run holds it; or the state that this run already brought it to, if only the response was lost.
 */
async function heldTenant(tx: Kysely<CatalogSchema>, writer: Writer): Promise<Tenant | TenantState | 'none'> {
  const tenant = await lockTenant(tx, writer);
  if (tenant?.runId === writer.runId && !isSettled(tenant.state)) return tenant;
  const ended = await tx
    .selectFrom('history')
    .select('state')
    .where('fleet', '=', writer.fleet)
    .where('tenant_id', '=', writer.id)
    .where('run_id', '=', writer.runId)
    .where('event', 'in', ['succeeded', 'failed'])
    .executeTakeFirst();
  if (ended !== undefined) return ended.state;
  if (await isBuriedBy(tx, writer)) return 'none';
  throw staleRun(writer, tenant);
}

/** The operation that left the tenant in a transitional state; `undefined` for a settled state. Idempotent for the same run. */
async function leftBy(
  tx: Kysely<CatalogSchema>,
  { fleet, id, state, runId }: Tenant,
  writer: Writer,
): Promise<LeftBy | undefined> {
  if (isSettled(state)) return undefined;
  if (runId === writer.runId) {
    const row = await tx
      .selectFrom('tenants')
      .select('left_by')
      .where('fleet', '=', fleet)
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return row.left_by ?? undefined;
  }
  const began = await tx
    .selectFrom('history')
    .select('operation')
    .where('fleet', '=', fleet)
    .where('tenant_id', '=', id)
    .where('run_id', '=', runId)
    .where('event', '=', 'began')
    .executeTakeFirst();
  return began && { operation: began.operation, runId };
}

function settledBy(to: SettledState | 'none' | 'as-before', tenant: Tenant): TenantState | 'none' {
  return to === 'as-before' ? (tenant.settledState ?? tenant.state) : to;
}

async function settle(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: Writer,
  state: TenantState | 'none',
  change: UpdateObject<CatalogSchema, 'tenants'>,
): Promise<void> {
  await announce(tx, { fleet, id });
  if (state === 'none') {
    await tx.deleteFrom('tenants').where('fleet', '=', fleet).where('id', '=', id).execute();
    await forgetProjects(tx, { fleet, id }, ['live', 'gone']);
    return;
  }
  await tx
    .updateTable('tenants')
    .set({
      ...change,
      state,
      updated_at: sql`now()`,
      ...(isSettled(state) ? { settled_state: state, left_by: null } : {}),
      ...(state === 'failed' ? { ready_at: null } : {}),
    })
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .execute();
}
