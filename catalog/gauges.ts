import { type Kysely, sql } from 'kysely';
import { settledStates, type TenantState } from '../tenancy/lifecycle.js';
import type { Wait } from '../tenancy/progress.js';
import type { CatalogSchema } from './schema.js';
import { deadAfterMs } from './workers.js';

/** How a fleet stands at a moment, in numbers. */
export interface Gauges {
  /** Of the states that some tenant is in. */
  readonly tenants: Readonly<Partial<Record<TenantState, number>>>;
  /** Steps whose next attempt is still to come, by what the last one failed of. */
  readonly waits: Readonly<Partial<Record<Wait['type'], number>>>;
  /** Since when the one of them waits that was tried first, in seconds. */
  readonly oldestWaitSeconds: number;
  /** Workers of the queue that said within the last seconds that they live. */
  readonly workers: number;
  /** What the sweep is to see to by now. */
  readonly duties: number;
  /** For how long the oldest of that has been due, in seconds. */
  readonly oldestDutySeconds: number;
  /** What the sweep failed of when it last saw to it. */
  readonly dutiesInTrouble: number;
}

const settled = sql.join(settledStates.map((state) => sql.lit(state)));

/** One statement, each part of it read from an index that holds what it counts. */
export async function readGauges(
  db: Kysely<CatalogSchema>,
  fleet: string,
  taskQueue: string,
): Promise<Gauges> {
  const { rows } = await sql<Gauges>`
    with
      states as (
        select state, count(*) as count from tenantry.tenants where fleet = ${fleet} group by state
      ),
      waiting as (
        select p.wait ->> 'type' as type, count(*) as count, min(p.wait ->> 'since')::timestamptz as since
        from tenantry.progress p
        join tenantry.tenants t on t.fleet = p.fleet and t.id = p.tenant_id and t.run_id = p.run_id
        where p.fleet = ${fleet} and p.wait is not null and t.state not in (${settled})
        group by 1
      ),
      due as (
        select due_at from tenantry.projects where fleet = ${fleet} and due_at <= now()
        union all
        select due_at from tenantry.resources where fleet = ${fleet} and due_at <= now()
      ),
      troubled as (
        select 1 from tenantry.projects where fleet = ${fleet} and trouble is not null
        union all
        select 1 from tenantry.resources where fleet = ${fleet} and trouble is not null
      )
    select
      (select coalesce(json_object_agg(state, count), '{}') from states) as tenants,
      (select coalesce(json_object_agg(type, count), '{}') from waiting) as waits,
      (select ${age(sql`min(since)`)} from waiting) as "oldestWaitSeconds",
      (
        select count(*)::integer from tenantry.workers
        where fleet = ${fleet} and task_queue = ${taskQueue}
          and seen_at > now() - ${deadAfterMs}::float8 * interval '1 millisecond'
      ) as workers,
      (select count(*)::integer from due) as duties,
      (select ${age(sql`min(due_at)`)} from due) as "oldestDutySeconds",
      (select count(*)::integer from troubled) as "dutiesInTrouble"`.execute(db);
  const [gauges] = rows;
  if (gauges === undefined) throw new Error('the catalog answered nothing');
  return gauges;
}

const age = (since: ReturnType<typeof sql>) =>
  sql`coalesce(greatest(extract(epoch from now() - ${since}), 0), 0)::float8`;
