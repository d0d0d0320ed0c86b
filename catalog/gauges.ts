import { type Kysely, sql } from 'kysely';
import { settledStates, type TenantState } from '../tenancy/lifecycle.js';
import { expectedWaits, longWaitMs } from '../tenancy/long-wait.js';
import { overQuotaStates } from '../tenancy/over-quota.js';
import type { Wait } from '../tenancy/progress.js';
import type { FindingKind } from '../tenancy/reconcile.js';
import type { CatalogSchema } from './schema.js';
import { deadAfterMs } from './workers.js';

/** The kinds of `tenantry attention` that the catalog can count. Only Temporal knows whether a run still exists. */
export const countedAttention = [
  'stuck',
  'waiting',
  'over-quota',
  'failed',
  'drifted',
  'not-deleted',
] as const;
export type CountedAttention = (typeof countedAttention)[number];

/** A fleet's numbers at a moment. */
export interface Gauges {
  /** By state; states without tenants are left out. */
  readonly tenants: Readonly<Partial<Record<TenantState, number>>>;
  /** Tenants that need a person, by kind, as far as the catalog alone can tell. */
  readonly attention: Readonly<Partial<Record<CountedAttention, number>>>;
  /** Steps that wait for their next attempt, by the type of the last failure. */
  readonly waits: Readonly<Partial<Record<Wait['type'], number>>>;
  /** How long the longest-waiting step has been waiting, in seconds. */
  readonly oldestWaitSeconds: number;
  /** The workers of the queue whose last heartbeat is at most a few seconds old. */
  readonly workers: number;
  /** Duties of the sweep that are due. */
  readonly duties: number;
  /** How long the oldest of them has been due, in seconds. */
  readonly oldestDutySeconds: number;
  /** Duties of the sweep whose last attempt failed. */
  readonly dutiesInTrouble: number;
  /** The age of the newest hour with usage, in seconds, counted from its beginning; null before the first reading. */
  readonly meteredHourAgeSeconds: number | null;
  /** How long the most overdue reading of usage has been due, in seconds. */
  readonly meteringDueSeconds: number;
  /** The backlog of each event endpoint, by its id. */
  readonly events: Readonly<Record<string, EventsWaiting>>;
  /** When a reconcile last compared everything, in seconds since 1970; null when none has. */
  readonly lastReconcileAt: number | null;
  /** The findings of the last reconcile that it did not mend, by kind. */
  readonly findings: Readonly<Partial<Record<FindingKind, number>>>;
}

export interface EventsWaiting {
  /** The number of events that the endpoint has not yet been sent. */
  readonly waiting: number;
  /** The age of the oldest of them, in seconds. */
  readonly oldestSeconds: number;
}

const settled = sql.join(settledStates.map((state) => sql.lit(state)));
const overQuota = sql.join(overQuotaStates.map((state) => sql.lit(state)));

const waitLimit = sql`case when p.wait ->> 'type' in (${sql.join(expectedWaits.map((type) => sql.lit(type)))})
  then ${sql.lit(longWaitMs.expected)} else ${sql.lit(longWaitMs.other)} end * interval '1 millisecond'`;

/**
 * The rule of `told` in client/attention-list.ts, for a tenant `t` and its progress `p`. Null for a tenant that makes
 * progress, or is well.
 */
const attentionKind = sql<CountedAttention | null>`case
  when p.wait is not null and t.state not in (${settled}) then
    case when now() - (p.wait ->> 'since')::timestamptz >= ${waitLimit} then 'waiting' end
  when t.failure ->> 'type' = 'DatabaseOverQuota' and t.state in (${overQuota}) then 'over-quota'
  when t.failure is not null and t.state not in (${settled}) then 'stuck'
  when t.state = 'failed' then 'failed'
  when t.failure ->> 'type' = 'RoleUnfit' then 'drifted'
  when t.id in (select tenant_id from troubled) then 'not-deleted'
end`;

/** A single statement; each of its parts reads an index that has only the rows that it counts. */
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
        select tenant_id from tenantry.projects where fleet = ${fleet} and trouble is not null
        union all
        select tenant_id from tenantry.resources where fleet = ${fleet} and trouble is not null
      ),
      concerned as (
        select id from tenantry.tenants where fleet = ${fleet} and failure is not null
        union
        select id from tenantry.tenants where fleet = ${fleet} and state = 'failed'
        union
        select tenant_id from tenantry.progress where fleet = ${fleet} and wait is not null
        union
        select tenant_id from troubled
      ),
      attention as (
        select kind, count(*) as count
        from concerned c
        -- The offset has each of the few be looked up, instead of all tenants be read for their sake.
        cross join lateral (
          select ${attentionKind} as kind
          from tenantry.tenants t
          left join tenantry.progress p on p.fleet = t.fleet and p.tenant_id = t.id and p.run_id = t.run_id
          where t.fleet = ${fleet} and t.id = c.id
          offset 0
        ) each_of_them
        group by kind
      ),
      endpoints as (
        select p.id, (delivering.count + beyond.count + unplaced.count)::integer as waiting,
          ${age(sql`least(delivering.oldest, beyond.oldest, unplaced.oldest)`)} as oldest
        from tenantry.event_endpoints p
        cross join lateral (
          select count(*), min(e.at) as oldest
          from tenantry.event_deliveries d
          join tenantry.events e on e.fleet = d.fleet and e.position = d.position
          where d.fleet = p.fleet and d.endpoint_id = p.id and d.delivered_at is null
        ) delivering
        cross join lateral (
          select count(*), (
            select at from tenantry.events
            where fleet = p.fleet and position > p.cursor order by position limit 1
          ) as oldest
          from tenantry.events where fleet = p.fleet and position > p.cursor
        ) beyond
        -- Apart, because "or" would have all events of the fleet read.
        cross join lateral (
          select count(*), min(at) as oldest from tenantry.events where fleet = p.fleet and position is null
        ) unplaced
        where p.fleet = ${fleet}
      )
    select
      (select coalesce(json_object_agg(state, count), '{}') from states) as tenants,
      (select coalesce(json_object_agg(kind, count), '{}') from attention where kind is not null) as attention,
      (select coalesce(json_object_agg(type, count), '{}') from waiting) as waits,
      (select ${age(sql`min(since)`)} from waiting) as "oldestWaitSeconds",
      (
        select count(*)::integer from tenantry.workers
        where fleet = ${fleet} and task_queue = ${taskQueue} and left_at is null
          and seen_at > now() - ${deadAfterMs}::float8 * interval '1 millisecond'
      ) as workers,
      (select count(*)::integer from due) as duties,
      (select ${age(sql`min(due_at)`)} from due) as "oldestDutySeconds",
      (select count(*)::integer from troubled) as "dutiesInTrouble",
      (
        select extract(epoch from now() - hour)::float8 from tenantry.usage
        where fleet = ${fleet} order by hour desc limit 1
      ) as "meteredHourAgeSeconds",
      (
        select ${age(sql`min(due_at)`)} from tenantry.usage_projects where fleet = ${fleet} and due_at <= now()
      ) as "meteringDueSeconds",
      (
        select coalesce(json_object_agg(id, json_build_object('waiting', waiting, 'oldestSeconds', oldest)), '{}')
        from endpoints
      ) as events,
      (
        select extract(epoch from compared_at)::float8 from tenantry.reconciles where fleet = ${fleet}
      ) as "lastReconcileAt",
      (
        select coalesce(json_object_agg(kind, count), '{}') from (
          select kind, count(*) as count from tenantry.findings
          where fleet = ${fleet} and outcome is distinct from 'mended' group by kind
        ) by_kind
      ) as findings`.execute(db);
  const [gauges] = rows;
  if (gauges === undefined) throw new Error('the catalog answered nothing');
  return gauges;
}

const age = (since: ReturnType<typeof sql>) =>
  sql`coalesce(greatest(extract(epoch from now() - ${since}), 0), 0)::float8`;
