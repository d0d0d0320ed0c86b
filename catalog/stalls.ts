import { type Kysely, sql } from 'kysely';
import { tenantStates } from '../tenancy/lifecycle.js';
import type { Wait } from '../tenancy/progress.js';
import type { CatalogSchema } from './schema.js';
import { type Tenant, troubleWith } from './tenant.js';
import { needingAttention } from './tenant-conditions.js';

/** A tenant that may need a person. */
export interface StalledTenant {
  readonly tenant: Pick<Tenant, 'fleet' | 'id' | 'state' | 'plan' | 'failure' | 'trouble' | 'runId'>;
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
   * Tenants that `attentionTo` names, that failed or are over their quota, whose step has waited for `stillMs`, or
   * that have been in a transitional state without progress for that time. Ordered by id, `limit` at most.
   */
  of(fleet: string, limits: { readonly stillMs: number; readonly limit: number }): Promise<StalledTenant[]>;
}

/**
 * Whether the tenant's current step waits for a future moment, such as the end of a grace period. This is a value and
 * not `exists`, for which Postgres might read the progress of all tenants.
 */
const waitsOnPurpose = sql<boolean>`coalesce((
  select exists (
    select from jsonb_array_elements(p.steps) step
    where step ->> 'took' is null and (step ->> 'until')::timestamptz > now())
  from tenantry.progress p
  where p.fleet = passing.fleet and p.tenant_id = passing.id and p.run_id = passing.run_id
), false)`;

/** The states are listed, because an index on states can find these but not "all others". */
const unsettled = tenantStates.filter((state) => !['ready', 'suspended', 'offboarded'].includes(state));

/** Each source has its own index; one combined condition would scan every tenant. */
export function createStalls(db: Kysely<CatalogSchema>): Stalls {
  return {
    async of(fleet, { stillMs, limit }) {
      const since = sql<Date>`now() - make_interval(secs => ${stillMs / 1000})`;
      const rows = await db
        .selectFrom('tenants')
        .leftJoin('progress', (join) =>
          join
            .onRef('progress.fleet', '=', 'tenants.fleet')
            .onRef('progress.tenant_id', '=', 'tenants.id')
            .onRef('progress.run_id', '=', 'tenants.run_id'),
        )
        .select([
          'tenants.fleet',
          'tenants.id',
          'tenants.state',
          'tenants.plan',
          'tenants.failure',
          'tenants.run_id',
        ])
        .select((row) => [
          troubleWith(row, 'projects').as('project_trouble'),
          troubleWith(row, 'resources').as('resource_trouble'),
        ])
        .select(['progress.wait', 'progress.steps'])
        .select(sql<Date>`greatest(progress.updated_at, tenants.updated_at)`.as('moved_at'))
        .select(
          sql<number>`extract(epoch from now() - greatest(progress.updated_at, tenants.updated_at))::float8 * 1000`.as(
            'still_for_ms',
          ),
        )
        .where('tenants.fleet', '=', fleet)
        .where('tenants.id', 'in', (row) => {
          const waiting = db
            .selectFrom('progress as waiting')
            .select('waiting.tenant_id as id')
            .where('waiting.fleet', '=', fleet)
            .where('waiting.wait', 'is not', null);
          const passing = row
            .selectFrom('tenants as passing')
            .select('passing.id')
            .where('passing.fleet', '=', fleet)
            .where('passing.state', 'in', unsettled)
            .where((each) =>
              each.or([
                each('passing.state', '=', 'failed'),
                each.and([each('passing.updated_at', '<', since), each(waitsOnPurpose, '=', false)]),
              ]),
            );
          const overQuota = row
            .selectFrom('tenants as over')
            .select('over.id')
            .where('over.fleet', '=', fleet)
            .where('over.failure', 'is not', null)
            .where(sql<string>`(over.failure ->> 'type')`, '=', 'DatabaseOverQuota');
          const all = needingAttention(row, fleet).union(waiting).union(passing).union(overQuota);
          return row.selectFrom(all.as('stalled')).select('stalled.id').orderBy('stalled.id').limit(limit);
        })
        .orderBy('tenants.id')
        .execute();
      return rows.map((row) => ({
        tenant: {
          fleet: row.fleet,
          id: row.id,
          state: row.state,
          plan: row.plan,
          failure: row.failure ?? undefined,
          trouble: row.project_trouble ?? row.resource_trouble ?? undefined,
          runId: row.run_id,
        },
        wait: row.wait ?? undefined,
        movedAt: row.moved_at,
        stillForMs: row.still_for_ms,
        until: row.steps?.findLast(({ took }) => took === undefined)?.until,
      }));
    },
  };
}
