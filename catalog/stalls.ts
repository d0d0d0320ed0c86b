import { type Kysely, sql } from 'kysely';
import { settledStates } from '../tenancy/lifecycle.js';
import type { Wait } from '../tenancy/progress.js';
import type { CatalogSchema } from './schema.js';
import { type Tenant, tenantOf, tenantRows } from './tenant.js';
import { needsAttention } from './tenant-conditions.js';

/** A tenant that may need a person. */
export interface StalledTenant {
  readonly tenant: Tenant;
  readonly wait: Wait | undefined;
  /** When its run last made progress, or its row was last written. */
  readonly movedAt: Date;
  /** How long ago that was, by the catalog's clock, in milliseconds. */
  readonly stillForMs: number;
  /** ISO 8601: the running step waits for this moment by design. */
  readonly until: string | undefined;
}

/** Tenants of a fleet that may need a person. */
export interface Stalls {
  /**
   * Those that `attentionTo` names, those that failed or are over their quota, those whose step has waited for `stillMs`, and those in a transitional
   * state without progress for as long. Ordered by id, `limit` at most.
   */
  of(fleet: string, limits: { readonly stillMs: number; readonly limit: number }): Promise<StalledTenant[]>;
}

/** Whether the running step of a tenant waits for a future moment, such as the end of a grace. */
const waitsOnPurpose = sql<boolean>`exists (
  select from tenantry.progress p, jsonb_array_elements(to_jsonb(p.steps)) step
  where p.fleet = passing.fleet and p.tenant_id = passing.id and p.run_id = passing.run_id
    and step ->> 'took' is null and (step ->> 'until')::timestamptz > now()
)`;

/** Each source has its own index; one combined condition would scan every tenant. */
export function createStalls(db: Kysely<CatalogSchema>): Stalls {
  return {
    async of(fleet, { stillMs, limit }) {
      const since = sql<Date>`now() - make_interval(secs => ${stillMs / 1000})`;
      const rows = await tenantRows(db)
        .leftJoin('progress', (join) =>
          join
            .onRef('progress.fleet', '=', 'tenants.fleet')
            .onRef('progress.tenant_id', '=', 'tenants.id')
            .onRef('progress.run_id', '=', 'tenants.run_id'),
        )
        .select(['progress.wait', 'progress.steps'])
        .select(sql<Date>`greatest(progress.updated_at, tenants.updated_at)`.as('moved_at'))
        .select(
          sql<number>`extract(epoch from now() - greatest(progress.updated_at, tenants.updated_at))::float8 * 1000`.as(
            'still_for_ms',
          ),
        )
        .where('tenants.fleet', '=', fleet)
        .where((row) => {
          const waiting = row
            .selectFrom('progress as waiting')
            .select('waiting.tenant_id as id')
            .where('waiting.fleet', '=', fleet)
            .where('waiting.wait', 'is not', null);
          const passing = row
            .selectFrom('tenants as passing')
            .select('passing.id')
            .where('passing.fleet', '=', fleet)
            .where(
              'passing.state',
              'not in',
              settledStates.filter((state) => state !== 'failed'),
            )
            .where((each) =>
              each.or([each('passing.state', '=', 'failed'), each('passing.updated_at', '<', since)]),
            )
            .where(waitsOnPurpose, '=', false);
          const overQuota = row
            .selectFrom('tenants as over')
            .select('over.id')
            .where('over.fleet', '=', fleet)
            .where('over.failure', 'is not', null)
            .where(sql<string>`(over.failure ->> 'type')`, '=', 'DatabaseOverQuota');
          return row.or([
            needsAttention(row, fleet),
            row('tenants.id', 'in', waiting.union(passing).union(overQuota)),
          ]);
        })
        .orderBy('tenants.id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        tenant: tenantOf(row),
        wait: row.wait ?? undefined,
        movedAt: row.moved_at,
        stillForMs: row.still_for_ms,
        until: row.steps?.findLast(({ took }) => took === undefined)?.until,
      }));
    },
  };
}
