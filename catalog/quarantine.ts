import { type Kysely, type Selectable, sql } from 'kysely';
import type { QuarantineState } from '../tenancy/inventory.js';
import { storable, storableJson } from '../tenancy/storable.js';
import { after, now } from './projects.js';
import type { CatalogSchema, QuarantineTable, Quota } from './schema.js';
import type { TenantKey } from './tenant.js';

/** A project that must not be used any more, and will be deleted. */
export interface Quarantined {
  readonly neonId: string;
  readonly name: string;
  /** The tenant that it was created for. */
  readonly tenant: TenantKey;
  readonly state: QuarantineState;
  readonly takenAt: Date;
  /** Its earlier quota, in Neon's terms. */
  readonly keptQuota: Quota | undefined;
  /** Since when nothing can wake it. */
  readonly shutAt: Date | undefined;
  /** When it may be deleted. */
  readonly dueAt: Date;
  readonly isDue: boolean;
  /** When its deletion was requested from Neon. */
  readonly deletingAt: Date | undefined;
  readonly deletedAt: Date | undefined;
  /** The last failure, if there was one. */
  readonly trouble: string | undefined;
}

export interface Quarantine {
  get(neonId: string): Promise<Quarantined | undefined>;
  /** The longest in quarantine first. */
  list(fleet: string): Promise<Quarantined[]>;
  /**
   * Quarantines a project, if the finding is still true: no row has its id, and an unanswered create can have made
   * it. That create counts as accounted for from here on. Repeated, it changes nothing. Returns whether the project
   * is in quarantine.
   */
  take(
    project: { readonly neonId: string; readonly name: string; readonly tenant: TenantKey },
    waitMs: number,
  ): Promise<boolean>;
  keepQuota(neonId: string, quota: Quota): Promise<void>;
  /** Nothing can wake the project any more: its waiting time begins. */
  noteShut(neonId: string, waitMs: number): Promise<void>;
  /**
   * From here on the project is deleted, and cannot be released. Returns false when its release was requested, or its
   * time is not up. Each attempt to delete it repeats this call.
   */
  beginDeletion(neonId: string): Promise<boolean>;
  noteDeleted(neonId: string): Promise<void>;
  /**
   * Requests the release of a project: from here on it is not deleted. If its deletion is under way, it is released
   * after that. Returns false when there is no such project.
   */
  askRelease(fleet: string, neonId: string): Promise<boolean>;
  noteReleased(neonId: string): Promise<void>;
  /** Forgets a project that Neon no longer has, although we did not delete it. */
  forget(neonId: string): Promise<void>;
  noteTrouble(neonId: string, trouble: string): Promise<void>;
  /** Whether any row of the installation has this id: then it belongs to a tenant. */
  isOnRecord(neonId: string): Promise<boolean>;
}

/** Any call that deletes has ended after this time, whichever process sent it. */
const deletionMs = 10 * 60_000;

export function createQuarantine(db: Kysely<CatalogSchema>): Quarantine {
  const change = async (neonId: string, set: object) => {
    await db.updateTable('quarantine').set(set).where('neon_id', '=', neonId).execute();
  };
  const isOnRecord = async (tx: Kysely<CatalogSchema>, neonId: string) =>
    (await tx.selectFrom('projects').select('name').where('neon_id', '=', neonId).executeTakeFirst()) !==
    undefined;
  return {
    async get(neonId) {
      const row = await rows(db).where('neon_id', '=', neonId).executeTakeFirst();
      return row && quarantinedOf(row);
    },
    async list(fleet) {
      const all = await rows(db).where('fleet', '=', fleet).orderBy('taken_at').execute();
      return all.map(quarantinedOf);
    },
    take: ({ neonId, name, tenant }, waitMs) =>
      db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('projects')
          .select(['unanswered_creates', 'in_doubt_since', 'adopted'])
          .where('name', '=', name)
          .where('fleet', '=', tenant.fleet)
          .where('tenant_id', '=', tenant.id)
          .forUpdate()
          .executeTakeFirst();
        const there = await rows(tx).where('neon_id', '=', neonId).executeTakeFirst();
        if (there !== undefined) return there.state === 'quarantined';
        if (row === undefined || row.adopted || row.in_doubt_since !== null) return false;
        if (row.unanswered_creates === 0 || (await isOnRecord(tx, neonId))) return false;
        await tx
          .insertInto('quarantine')
          .values({
            neon_id: neonId,
            fleet: tenant.fleet,
            name,
            tenant_id: tenant.id,
            due_at: after(now, waitMs),
          })
          .execute();
        await tx
          .updateTable('projects')
          .set({
            unanswered_creates: sql`unanswered_creates - 1`,
            unanswered_since: sql`case when unanswered_creates > 1 then unanswered_since end`,
          })
          .where('name', '=', name)
          .execute();
        return true;
      }),
    async keepQuota(neonId, quota) {
      await db
        .updateTable('quarantine')
        .set({ kept_quota: storableJson(quota) })
        .where('neon_id', '=', neonId)
        .where('kept_quota', 'is', null)
        .execute();
    },
    noteShut: (neonId, waitMs) =>
      change(neonId, {
        shut_at: sql`coalesce(shut_at, now())`,
        due_at: sql`case when shut_at is null then ${after(now, waitMs)} else due_at end`,
        trouble: null,
      }),
    async beginDeletion(neonId) {
      const { numUpdatedRows } = await db
        .updateTable('quarantine')
        .set({ state: 'deleting', deleting_at: now })
        .where('neon_id', '=', neonId)
        .where('state', 'in', ['quarantined', 'deleting'])
        .where('shut_at', 'is not', null)
        .where('due_at', '<=', now)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },
    noteDeleted: (neonId) => change(neonId, { state: 'deleted', deleted_at: now, trouble: null }),
    async askRelease(fleet, neonId) {
      const { numUpdatedRows } = await db
        .updateTable('quarantine')
        .set({ state: 'releasing' })
        .where('fleet', '=', fleet)
        .where('neon_id', '=', neonId)
        .where('state', '<>', 'released')
        .where((row) =>
          row.or([
            row('state', '<>', 'deleting'),
            row('deleting_at', '<', sql<Date>`now() - ${deletionMs}::float8 * interval '1 millisecond'`),
          ]),
        )
        .executeTakeFirstOrThrow();
      return (
        numUpdatedRows > 0n || (await rows(db).where('neon_id', '=', neonId).executeTakeFirst()) !== undefined
      );
    },
    noteReleased: (neonId) => change(neonId, { state: 'released', trouble: null }),
    async forget(neonId) {
      await db.deleteFrom('quarantine').where('neon_id', '=', neonId).execute();
    },
    noteTrouble: (neonId, trouble) => change(neonId, { trouble: storable(trouble) }),
    isOnRecord: (neonId) => isOnRecord(db, neonId),
  };
}

function rows(db: Kysely<CatalogSchema>) {
  return db.selectFrom('quarantine').selectAll().select(sql<boolean>`due_at <= now()`.as('is_due'));
}

function quarantinedOf(row: Selectable<QuarantineTable> & { readonly is_due: boolean }): Quarantined {
  return {
    neonId: row.neon_id,
    name: row.name,
    tenant: { fleet: row.fleet, id: row.tenant_id },
    state: row.state,
    takenAt: row.taken_at,
    keptQuota: row.kept_quota ?? undefined,
    shutAt: row.shut_at ?? undefined,
    dueAt: row.due_at,
    isDue: row.is_due,
    deletingAt: row.deleting_at ?? undefined,
    deletedAt: row.deleted_at ?? undefined,
    trouble: row.trouble ?? undefined,
  };
}
