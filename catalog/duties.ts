import { type ExpressionBuilder, type Kysely, sql } from 'kysely';
import type { FailureReason } from '../tenancy/failure-reason.js';
import { lifecycle, type TenantState } from '../tenancy/lifecycle.js';
import { storableJson } from '../tenancy/storable.js';
import { type Due, type DueLimits, findDue } from './due.js';
import { lockTenant } from './held-tenant.js';
import { appendHistory } from './history.js';
import { after, atEase, condemnProjects, now, type Project, projectOf, projectRows } from './projects.js';
import { unmade } from './resources.js';
import type { CatalogSchema, KeptKind, ResourceKind } from './schema.js';
import type { SecretsIn } from './secrets.js';
import type { TenantKey, Writer } from './tenant.js';

/** A project by its name at Neon, or a branch or snapshot by the user's name for it. */
export type Duty =
  | { readonly project: string }
  | { readonly tenant: TenantKey; readonly kind: ResourceKind; readonly name: string };

export interface PostponeWaits {
  readonly firstMs: number;
  readonly longestMs: number;
  /** How many failures are not reported, because Neon may just be busy with the project. @default 0 */
  readonly quietly?: number;
}

/** Records the outcome of duties. */
export interface Duties {
  due(fleet: string, limits: DueLimits): Promise<Due>;
  /**
   * Claims the project for the sweep: from here on, no move can go back to a former project whose grace period is
   * over. Returns `undefined` when nothing is due any more.
   */
  claim(name: string): Promise<Project | undefined>;
  /** Neon refused, or did not respond: the duty is retried later, after growing pauses. */
  postpone(duty: Duty, trouble: string, waits: PostponeWaits): Promise<void>;
  /**
   * Fails the tenant of a terminated onboarding, if that run still holds it, and condemns its projects. Returns why
   * it failed, or `undefined` when another run holds it by now.
   */
  giveUpOnboarding(writer: Writer, runId: string): Promise<FailureReason | undefined>;
  /**
   * Records the outcome of an intended create: the resource exists, with Neon's id, and is kept for `keepMs`, or a
   * lookup found nothing. That lookup is repeated `lookMs` after the create was sent, and then the intent is
   * forgotten.
   */
  settleIntended(
    key: TenantKey,
    found: { readonly kind: ResourceKind; readonly name: string; readonly neonId: string | undefined },
    waits: { readonly lookMs: number; readonly keepMs: number },
  ): Promise<void>;
  /**
   * Forgets a deleted copy and its secret, and records that in the tenant's history; atomically, and once. Another
   * copy with that name is left alone.
   */
  forgetBranch(
    writer: Writer,
    of: { readonly name: string; readonly branchId: string | undefined },
    why: string,
  ): Promise<void>;
  /** Forgets a deleted snapshot or kept state, as `forgetBranch` does a copy. */
  forgetKept(
    writer: Writer,
    of: { readonly kind: KeptKind; readonly name: string; readonly neonId: string },
    why: string,
  ): Promise<void>;
  /** Extends the life of an expired state by this time: Neon needs it for the live branch. */
  keepLonger(
    key: TenantKey,
    of: { readonly kind: KeptKind; readonly name: string },
    moreMs: number,
  ): Promise<void>;
}

export function createDuties(db: Kysely<CatalogSchema>, secretsIn: SecretsIn): Duties {
  return {
    due: (fleet, limits) => findDue(db, fleet, limits),
    claim: (name) =>
      db.transaction().execute(async (tx) => {
        const row = await projectRows(tx)
          .where('name', '=', name)
          .where('due_at', '<=', now)
          .forUpdate()
          .executeTakeFirst();
        if (row === undefined) return undefined;
        if (row.role !== 'former') return projectOf(row);
        await tx.updateTable('projects').set({ role: 'condemned' }).where('name', '=', name).execute();
        return projectOf({ ...row, role: 'condemned' });
      }),
    async postpone(duty, trouble, { firstMs, longestMs, quietly = 0 }) {
      const wait = sql`least(${firstMs}::float8 * 2 ^ least(tries, 30), ${longestMs}::float8)`;
      const later = {
        due_at: sql<Date>`now() + ${wait} * interval '1 millisecond'`,
        tries: sql<number>`tries + 1`,
        trouble: sql<string | null>`case when tries >= ${quietly}::integer then ${trouble} end`,
      };
      if ('project' in duty)
        await db
          .updateTable('projects')
          .set(later)
          .where('name', '=', duty.project)
          .where('due_at', 'is not', null)
          .execute();
      else
        await db
          .updateTable('resources')
          .set(later)
          .where('fleet', '=', duty.tenant.fleet)
          .where('tenant_id', '=', duty.tenant.id)
          .where('kind', '=', duty.kind)
          .where('name', '=', duty.name)
          // Another one may have been created under the name since, and has not expired.
          .where('due_at', '<=', now)
          .execute();
    },
    giveUpOnboarding: (writer, runId) =>
      db.transaction().execute(async (tx) => {
        const tenant = await lockTenant(tx, writer);
        if (tenant?.runId !== runId || tenant.state !== lifecycle.onboard.during) return undefined;
        await condemnProjects(tx, writer, ['live', 'next', 'former']);
        const reason: FailureReason = { type: 'Cancelled', message: 'its run was ended by force' };
        const { failed: state } = lifecycle.onboard;
        await tx
          .updateTable('tenants')
          .set({
            state,
            settled_state: state,
            failure: storableJson(reason),
            ready_at: null,
            updated_at: now,
          })
          .where('fleet', '=', writer.fleet)
          .where('id', '=', writer.id)
          .execute();
        await appendHistory(tx, writer, {
          operation: 'onboard',
          event: 'failed',
          state,
          detail: { ...reason },
        });
        await secretsIn(tx).forget(writer);
        return reason;
      }),
    settleIntended: async ({ fleet, id }, { kind, name, neonId }, { lookMs, keepMs }) => {
      const late = after(sql`created_at`, lookMs);
      const row = { fleet, tenant_id: id, kind, name, neon_id: unmade } as const;
      const isRow = (eb: ExpressionBuilder<CatalogSchema, 'resources'>) => eb.and(row);
      if (neonId !== undefined) {
        const until = after(now, keepMs);
        const detail = sql<string>`detail - 'restoring'`;
        const there = { neon_id: neonId, detail, expires_at: until, due_at: until, ...atEase };
        await db.updateTable('resources').set(there).where(isRow).execute();
        return;
      }
      await db.deleteFrom('resources').where(isRow).where(late, '<=', now).execute();
      await db
        .updateTable('resources')
        .set({ due_at: late, ...atEase })
        .where(isRow)
        .execute();
    },
    forgetBranch: (writer, { name, branchId }, why) =>
      db.transaction().execute(async (tx) => {
        const { fleet, id } = writer;
        const state = await stateOf(tx, writer);
        if (state === undefined) return;
        const found = await tx
          .selectFrom('resources')
          .select('neon_id')
          .where('fleet', '=', fleet)
          .where('tenant_id', '=', id)
          .where('kind', '=', 'branch')
          .where('name', '=', name)
          .forUpdate()
          .executeTakeFirst();
        if (found !== undefined && branchId !== undefined && found.neon_id !== branchId) return;
        await secretsIn(tx).remove(writer, `branch:${name}`);
        if (found === undefined) return;
        await tx
          .deleteFrom('resources')
          .where('fleet', '=', fleet)
          .where('tenant_id', '=', id)
          .where('kind', '=', 'branch')
          .where('name', '=', name)
          .execute();
        // For one that was never created, the operation that failed to create it reports the failure.
        if (found.neon_id === unmade) return;
        const detail = { branch: name, removed: why };
        await appendHistory(tx, writer, { operation: 'branch', event: 'noted', state, detail });
      }),
    forgetKept: (writer, { kind, name, neonId }, why) =>
      db.transaction().execute(async (tx) => {
        const { fleet, id } = writer;
        const state = await stateOf(tx, writer);
        if (state === undefined) return;
        const row = { fleet, tenant_id: id, kind, name, neon_id: neonId } as const;
        const gone = await tx
          .deleteFrom('resources')
          .where((eb) => eb.and(row))
          .returning('detail')
          .executeTakeFirst();
        if (gone === undefined) return;
        const detail = {
          [kind === 'snapshot' ? 'snapshot' : 'state']: name,
          removed: why,
          ...(gone.detail.backup === true ? { isBackup: true } : {}),
        };
        const operation = kind === 'snapshot' ? 'snapshot' : 'restore';
        await appendHistory(tx, writer, { operation, event: 'noted', state, detail });
      }),
    async keepLonger({ fleet, id }, { kind, name }, moreMs) {
      const later = after(now, moreMs);
      await db
        .updateTable('resources')
        .set({ expires_at: later, due_at: later, ...atEase })
        .where((eb) => eb.and({ fleet, tenant_id: id, kind, name }))
        .execute();
    },
  };
}

async function stateOf(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
): Promise<TenantState | undefined> {
  const row = await tx
    .selectFrom('tenants')
    .select('state')
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.state;
}
