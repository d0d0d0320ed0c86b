import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { leave, makeClient } from '../connections/open-client.js';
import type { TenantState } from '../tenancy/lifecycle.js';
import type { ReportedStep, Wait } from '../tenancy/progress.js';
import { storableJson } from '../tenancy/storable.js';
import { isTenantId, type TenantId } from '../tenancy/tenant-id.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey, Writer } from './tenant.js';

/** The progress of the run that holds a tenant, or held it last. */
export interface RunProgress {
  readonly tenantId: TenantId;
  /** The run that holds the tenant, or held it last. */
  readonly runId: string;
  readonly state: TenantState;
  /** Empty before the first step. */
  readonly steps: readonly ReportedStep[];
  readonly wait: Wait | undefined;
}

/**
 * The progress of runs, one row for each tenant: that of the run that holds it. A run that does not hold its tenant writes
 * nothing here. Every change is announced with `pg_notify`.
 */
export interface ProgressRows {
  /** Records the run's steps, unless newer ones are recorded. If they have changed, the recorded wait is over. */
  report(writer: Writer, steps: readonly ReportedStep[]): Promise<void>;
  /** Records why an activity waits for its next attempt, unless a later attempt has done so. */
  wait(writer: Writer, activityId: string, wait: Wait): Promise<void>;
  /** The attempt is running, or has ended the activity: the wait after an earlier one is over. */
  goOn(writer: Writer, activityId: string, attempt: number): Promise<void>;
  /** The progress of those of the tenants that exist. */
  of(fleet: string, ids: readonly string[]): Promise<RunProgress[]>;
  /**
   * Calls `changed` with the key of each tenant whose progress has changed, until it is stopped; calls `lost` once if
   * the connection breaks. It occupies one connection. Throws when the catalog is out of reach.
   */
  listen(changed: (key: TenantKey) => void, lost: () => void): Promise<() => Promise<void>>;
}

const channel = 'tenantry_progress';
const connectMs = 5_000;

export function createProgressRows(db: Kysely<CatalogSchema>, connectionString: string): ProgressRows {
  return {
    async report(writer, steps) {
      const json = storableJson(steps);
      await sql`
        with written as (
          insert into tenantry.progress as p (fleet, tenant_id, run_id, steps)
          select fleet, id, run_id, ${json}::jsonb from tenantry.tenants
          where fleet = ${writer.fleet} and id = ${writer.id} and run_id = ${writer.runId}
          on conflict (fleet, tenant_id) do update
            set run_id = excluded.run_id, steps = excluded.steps, wait = null, waiting_activity = null, updated_at = now()
            where (p.run_id, p.steps) is distinct from (excluded.run_id, excluded.steps)
              and (p.run_id <> excluded.run_id or ${lastMoment('p.steps')} <= ${lastMoment('excluded.steps')})
          returning p.fleet, p.tenant_id
        )
        select ${announced} from written`.execute(db);
    },
    async wait(writer, activityId, wait) {
      await sql`
        with written as (
          update tenantry.progress
          set wait = ${storableJson(wait)}::jsonb, waiting_activity = ${activityId}, updated_at = now()
          where fleet = ${writer.fleet} and tenant_id = ${writer.id} and run_id = ${writer.runId}
            and (waiting_activity is distinct from ${activityId} or (wait ->> 'attempts')::integer <= ${wait.attempts})
          returning fleet, tenant_id
        )
        select ${announced} from written`.execute(db);
    },
    async goOn(writer, activityId, attempt) {
      await sql`
        with written as (
          update tenantry.progress set wait = null, waiting_activity = null, updated_at = now()
          where fleet = ${writer.fleet} and tenant_id = ${writer.id} and run_id = ${writer.runId}
            and waiting_activity = ${activityId} and (wait ->> 'attempts')::integer < ${attempt}
          returning fleet, tenant_id
        )
        select ${announced} from written`.execute(db);
    },
    async of(fleet, ids) {
      if (ids.length === 0) return [];
      const rows = await db
        .selectFrom('tenants')
        .leftJoin('progress', (join) =>
          join
            .onRef('progress.fleet', '=', 'tenants.fleet')
            .onRef('progress.tenant_id', '=', 'tenants.id')
            .onRef('progress.run_id', '=', 'tenants.run_id'),
        )
        .select(['tenants.id', 'tenants.run_id', 'tenants.state', 'progress.steps', 'progress.wait'])
        .where('tenants.fleet', '=', fleet)
        .where('tenants.id', '=', sql<TenantId>`any(${ids})`)
        .execute();
      return rows.map(({ id, run_id, state, steps, wait }) => ({
        tenantId: id,
        runId: run_id,
        state,
        steps: steps ?? [],
        wait: wait ?? undefined,
      }));
    },
    async listen(changed, lost) {
      const client = makeClient({ connectionString, connectMs, applicationName: 'tenantry progress' });
      client.on('notification', ({ payload = '' }) => {
        const key = keyOf(payload);
        if (key !== undefined) changed(key);
      });
      client.once('end', lost);
      try {
        await client.connect();
        await client.query(`listen ${channel}`);
      } catch (error) {
        client.off('end', lost);
        await leave(client);
        throw error;
      }
      return async () => {
        client.off('end', lost);
        await leave(client);
      };
    },
  };
}

/**
 * The workflow's time when a step last began or ended, in milliseconds. It never goes back within a run, so it tells which of two
 * reports is newer, even if delayed attempts arrive out of order.
 */
const lastMoment = (steps: 'p.steps' | 'excluded.steps') => sql`(
  select coalesce(max((step ->> 'at')::float8 + coalesce((step ->> 'took')::float8, 0)), 0)
  from jsonb_array_elements(${sql.ref(steps)}) as step
)`;

const announced = sql`pg_notify(${sql.lit(channel)}, json_build_array(fleet, tenant_id)::text)`;

/** Notifies followers that another run holds the tenant, or none; in the transaction of that change. */
export async function announce(tx: Kysely<CatalogSchema>, { fleet, id }: TenantKey): Promise<void> {
  await sql`select pg_notify(${channel}, json_build_array(${fleet}::text, ${id}::text)::text)`.execute(tx);
}

/** Every login of the catalog can send any notification, so its payload is checked. */
function keyOf(payload: string): TenantKey | undefined {
  try {
    const [fleet, id] = announcement.parse(JSON.parse(payload));
    return { fleet, id };
  } catch {
    return undefined;
  }
}

const announcement = z.tuple([z.string(), z.custom<TenantId>(isTenantId)]);
