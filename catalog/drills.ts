import { type Kysely, type Selectable, sql } from 'kysely';
import type { DrillEvidence } from '../tenancy/drill-evidence.js';
import { storableJson } from '../tenancy/storable.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { lockHeldTenant } from './held-tenant.js';
import type { CatalogSchema, DrillsTable } from './schema.js';
import type { Writer } from './tenant.js';

/** The result of a drill. */
export interface Drill extends DrillEvidence {
  readonly tenantId: TenantId;
  readonly runId: string;
  readonly at: Date;
}

export interface DrillRecords {
  /**
   * Records the finding of the writer's run. Idempotent. Throws `StaleRunError`: nothing is recorded about an erased
   * tenant.
   */
  note(writer: Writer, evidence: DrillEvidence): Promise<void>;
  /** The newest first. */
  list(
    fleet: string,
    of: { readonly limit: number; readonly tenantId?: TenantId | undefined },
  ): Promise<Drill[]>;
  /** The last drills that found a broken snapshot, of tenants that have a database; `limit` at most. */
  broken(fleet: string, limit: number): Promise<Drill[]>;
}

export function createDrillRecords(db: Kysely<CatalogSchema>): DrillRecords {
  const all = (fleet: string) =>
    db.selectFrom('drills').selectAll('drills').where('drills.fleet', '=', fleet);
  return {
    note: (writer, { snapshot, takenAt, problem, ...evidence }) =>
      db.transaction().execute(async (tx) => {
        const { fleet, id, runId } = writer;
        await lockHeldTenant(tx, writer);
        await tx
          .insertInto('drills')
          .values({
            fleet,
            id: runId,
            tenant_id: id,
            snapshot,
            taken_at: new Date(takenAt),
            problem: problem === undefined ? null : storableJson(problem),
            evidence: storableJson(evidence),
          })
          .onConflict((conflict) => conflict.columns(['fleet', 'id']).doNothing())
          .execute();
      }),
    async list(fleet, { limit, tenantId }) {
      const rows = await all(fleet)
        .$if(tenantId !== undefined, (query) => query.where('tenant_id', '=', tenantId as TenantId))
        .orderBy('at', 'desc')
        .limit(limit)
        .execute();
      return rows.map(drillOf);
    },
    async broken(fleet, limit) {
      const rows = await all(fleet)
        .where('problem', 'is not', null)
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('tenants')
              .select(sql`1`.as('one'))
              .whereRef('tenants.fleet', '=', 'drills.fleet')
              .whereRef('tenants.id', '=', 'drills.tenant_id')
              .where('tenants.state', '<>', 'offboarded'),
          ),
        )
        .where(({ not, exists, selectFrom }) =>
          not(
            exists(
              selectFrom('drills as later')
                .select(sql`1`.as('one'))
                .whereRef('later.fleet', '=', 'drills.fleet')
                .whereRef('later.tenant_id', '=', 'drills.tenant_id')
                .whereRef('later.at', '>', 'drills.at'),
            ),
          ),
        )
        .orderBy('at', 'desc')
        .limit(limit)
        .execute();
      return rows.map(drillOf);
    },
  };
}

function drillOf({
  tenant_id,
  id,
  snapshot,
  taken_at,
  at,
  problem,
  evidence,
}: Selectable<DrillsTable>): Drill {
  return {
    tenantId: tenant_id,
    runId: id,
    at,
    snapshot,
    takenAt: taken_at.toISOString(),
    ...evidence,
    ...(problem === null ? {} : { problem }),
  };
}
