import { type Kysely, type Selectable, sql } from 'kysely';
import type { QuarantineState } from '../tenancy/inventory.js';
import { storable, storableJson } from '../tenancy/storable.js';
import { after, now } from './projects.js';
import type { CatalogSchema, QuarantineTable, Quota } from './schema.js';
import type { TenantKey } from './tenant.js';

/** A project that is not to be used any more, and is to go. */
export interface Quarantined {
  readonly neonId: string;
  readonly name: string;
  /** Whom it was made for. */
  readonly tenant: TenantKey;
  readonly state: QuarantineState;
  readonly takenAt: Date;
  /** The quota that it had, in Neon's words. */
  readonly keptQuota: Quota | undefined;
  /** Since when nobody can wake it. */
  readonly shutAt: Date | undefined;
  /** When it may be deleted. */
  readonly dueAt: Date;
  readonly isDue: boolean;
  /** When Neon was asked to delete it. */
  readonly deletingAt: Date | undefined;
  readonly deletedAt: Date | undefined;
  /** What it failed of last, if it did. */
  readonly trouble: string | undefined;
}

export interface Quarantine {
  get(neonId: string): Promise<Quarantined | undefined>;
  /** The longest there first. */
  list(fleet: string): Promise<Quarantined[]>;
  /**
   * Takes a project in, if it is still what it was found to be: no row has its id, and an unanswered create can have made it, which is
   * accounted for from here on. Taken again, it stays as it is. Returns whether it is there.
   */
  take(
    project: { readonly neonId: string; readonly name: string; readonly tenant: TenantKey },
    waitMs: number,
  ): Promise<boolean>;
  keepQuota(neonId: string, quota: Quota): Promise<void>;
  /** Nobody can wake it. From here on it waits. */
  noteShut(neonId: string, waitMs: number): Promise<void>;
  /**
   * Has it be deleted from here on, and not released: false where somebody has asked for it, or its time is not up. Repeated by each
   * attempt to delete it.
   */
  beginDeletion(neonId: string): Promise<boolean>;
  noteDeleted(neonId: string): Promise<void>;
  /**
   * Asks for its release: it is not deleted from here on. Where it is being deleted just now it is released after that. Returns false where
   * there is no such project.
   */
  askRelease(fleet: string, neonId: string): Promise<boolean>;
  noteReleased(neonId: string): Promise<void>;
  /** Forgets one that Neon has no more, and that we did not delete. */
  forget(neonId: string): Promise<void>;
  noteTrouble(neonId: string, trouble: string): Promise<void>;
  /** Whether any row of the installation's has this id: then it is somebody's. */
  isOnRecord(neonId: string): Promise<boolean>;
}

/** A call that deletes has come to its end after so long, whoever sent it. */
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
