import { type Kysely, sql } from 'kysely';
import { type Finding, findingKey, type MendOutcome, type ReconcileSummary } from '../tenancy/reconcile.js';
import { storable, storableJson } from '../tenancy/storable.js';
import type { ReconcileKey } from './inventory.js';
import { now } from './projects.js';
import type { CatalogSchema } from './schema.js';

/** A finding in the catalog. */
export interface KeptFinding extends Finding {
  readonly foundAt: Date;
  /** The outcome in the last run that found it; absent when it was not to be mended. */
  readonly outcome: MendOutcome | undefined;
  /** Why it could not be mended. */
  readonly trouble: string | undefined;
}

/** The running or last reconcile. */
export interface LastReconcile {
  readonly beganAt: Date;
  readonly endedAt: Date | undefined;
  /** When a reconcile that had compared everything last ended. */
  readonly comparedAt: Date | undefined;
  /** Why it made no decisions. */
  readonly trouble: string | undefined;
  readonly summary: ReconcileSummary | undefined;
}

export type ReconcileBeginning =
  | { readonly kind: 'begun' }
  /** Another one has not ended, and was not seen closed. */
  | { readonly kind: 'held'; readonly runId: string; readonly workflowId: string };

/** A fleet's reconciles and their findings. */
export interface Reconciles {
  /**
   * Begins a reconcile, unless another is under way. `seenClosed` is a run that has ended, even if the catalog does
   * not know that.
   */
  begin(key: ReconcileKey, workflowId: string, seenClosed?: string): Promise<ReconcileBeginning>;
  /** Replaces the earlier findings; a finding that is still there keeps the time of its first discovery. */
  noteFindings(key: ReconcileKey, findings: readonly Finding[]): Promise<void>;
  noteOutcome(fleet: string, key: string, outcome: MendOutcome, trouble?: string): Promise<void>;
  end(
    key: ReconcileKey,
    ending: { readonly trouble?: string | undefined; readonly summary?: ReconcileSummary | undefined },
  ): Promise<void>;
  /** The last findings, `limit` at most. */
  findings(fleet: string, limit: number): Promise<KeptFinding[]>;
  last(fleet: string): Promise<LastReconcile | undefined>;
}

export function createReconciles(db: Kysely<CatalogSchema>): Reconciles {
  return {
    begin: ({ fleet, runId: run_id }, workflow_id, seenClosed) =>
      db.transaction().execute(async (tx) => {
        const row = { run_id, workflow_id, began_at: now, ended_at: null, trouble: null, summary: null };
        await tx
          .insertInto('reconciles')
          .values({ fleet, run_id: '', workflow_id: '', ended_at: new Date() })
          .onConflict((conflict) => conflict.column('fleet').doNothing())
          .execute();
        const there = await tx
          .selectFrom('reconciles')
          .selectAll()
          .where('fleet', '=', fleet)
          .forUpdate()
          .executeTakeFirstOrThrow();
        if (there.run_id === run_id) return { kind: 'begun' };
        if (there.ended_at === null && there.run_id !== seenClosed)
          return { kind: 'held', runId: there.run_id, workflowId: there.workflow_id };
        await tx.updateTable('reconciles').set(row).where('fleet', '=', fleet).execute();
        await tx.deleteFrom('neon_inventory').where('fleet', '=', fleet).execute();
        // Neon can recover a deleted project for seven days.
        await tx
          .deleteFrom('quarantine')
          .where('fleet', '=', fleet)
          .where('state', '=', 'deleted')
          .where('deleted_at', '<', sql<Date>`now() - interval '8 days'`)
          .execute();
        return { kind: 'begun' };
      }),
    noteFindings: ({ fleet, runId }, findings) =>
      db.transaction().execute(async (tx) => {
        const held = await tx
          .selectFrom('reconciles')
          .select('fleet')
          .where('fleet', '=', fleet)
          .where('run_id', '=', runId)
          .forUpdate()
          .executeTakeFirst();
        if (held === undefined) throw new Error('another reconcile of the fleet has begun since');
        const before = await tx
          .deleteFrom('findings')
          .where('fleet', '=', fleet)
          .returning(['key', 'found_at'])
          .execute();
        const since = new Map(before.map(({ key, found_at }) => [key, found_at]));
        const rows = findings.map((finding) => ({
          fleet,
          key: findingKey(finding),
          kind: finding.kind,
          tenant_id: finding.tenantId ?? null,
          project_id: finding.projectId ?? null,
          message: storable(finding.message),
          mend: finding.mend === undefined ? null : storableJson(finding.mend),
          held_back: finding.heldBack ?? null,
          found_at: since.get(findingKey(finding)),
        }));
        for (let at = 0; at < rows.length; at += 1_000)
          await tx
            .insertInto('findings')
            .values(
              rows.slice(at, at + 1_000).map(({ found_at, ...row }) => ({
                ...row,
                found_at: found_at === undefined ? sql<Date>`now()` : sql<Date>`${found_at}::timestamptz`,
              })),
            )
            .onConflict((conflict) => conflict.columns(['fleet', 'key']).doNothing())
            .execute();
      }),
    async noteOutcome(fleet, key, outcome, trouble) {
      await db
        .updateTable('findings')
        .set({ outcome, trouble: trouble === undefined ? null : storable(trouble) })
        .where('fleet', '=', fleet)
        .where('key', '=', key)
        .execute();
    },
    end: ({ fleet, runId }, { trouble, summary }) =>
      db.transaction().execute(async (tx) => {
        await tx
          .updateTable('reconciles')
          .set({
            ended_at: now,
            trouble: trouble === undefined ? null : storable(trouble),
            ...(summary === undefined ? {} : { summary: storableJson(summary), compared_at: now }),
          })
          .where('fleet', '=', fleet)
          .where('run_id', '=', runId)
          .execute();
        await tx
          .deleteFrom('neon_inventory')
          .where('fleet', '=', fleet)
          .where('run_id', '=', runId)
          .execute();
      }),
    async findings(fleet, limit) {
      const rows = await db
        .selectFrom('findings')
        .selectAll()
        .where('fleet', '=', fleet)
        .orderBy('found_at')
        .orderBy('key')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        kind: row.kind,
        ...(row.tenant_id !== null && { tenantId: row.tenant_id }),
        ...(row.project_id !== null && { projectId: row.project_id }),
        message: row.message,
        ...(row.mend !== null && { mend: row.mend }),
        ...(row.held_back !== null && { heldBack: row.held_back }),
        foundAt: row.found_at,
        outcome: row.outcome ?? undefined,
        trouble: row.trouble ?? undefined,
      }));
    },
    async last(fleet) {
      const row = await db.selectFrom('reconciles').selectAll().where('fleet', '=', fleet).executeTakeFirst();
      return (
        row && {
          beganAt: row.began_at,
          endedAt: row.ended_at ?? undefined,
          comparedAt: row.compared_at ?? undefined,
          trouble: row.trouble ?? undefined,
          summary: row.summary ?? undefined,
        }
      );
    },
  };
}
