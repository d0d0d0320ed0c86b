import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { leave, makeClient } from '../connections/open-client.js';
import type { TenantState } from '../tenancy/lifecycle.js';
import type { ReportedStep, Wait } from '../tenancy/progress.js';
import { storableJson } from '../tenancy/storable.js';
import { isTenantId, type TenantId } from '../tenancy/tenant-id.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey, Writer } from './tenant.js';

/** How far the run that holds a tenant, or held it last, has come. */
export interface RunProgress {
  readonly tenantId: TenantId;
  /** The run that holds the tenant, or held it last. */
  readonly runId: string;
  readonly state: TenantState;
  /** Nothing, before its first step. */
  readonly steps: readonly ReportedStep[];
  readonly wait: Wait | undefined;
}

/**
 * The progress of runs, one row for each tenant: that of the run that holds it. A run that does not hold its tenant writes
 * nothing here. Every change is announced to whoever listens.
 */
export interface ProgressRows {
  /** Notes the steps as the run has them, unless it has had newer ones. Where they have changed, what was waited for is over. */
  report(writer: Writer, steps: readonly ReportedStep[]): Promise<void>;
  /** Notes why the next attempt of an activity is still to come, unless a later one has noted it. */
  wait(writer: Writer, activityId: string, wait: Wait): Promise<void>;
  /** The attempt is at work, or has ended the activity: what an earlier one waited for is over. */
  goOn(writer: Writer, activityId: string, attempt: number): Promise<void>;
  /** Of the tenants that there are. */
  of(fleet: string, ids: readonly string[]): Promise<RunProgress[]>;
  /**
   * Calls back with each tenant's key of which something has changed, until it is stopped; `lost` once, should the connection
   * break. It holds one connection. Throws when the catalog cannot be reached.
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
 * The workflow's time when a step began or ended last, in milliseconds. It never goes back in a run, so it tells the newer of two
 * reports, in whatever order attempts come through that a worker had held up.
 */
const lastMoment = (steps: 'p.steps' | 'excluded.steps') => sql`(
  select coalesce(max((step ->> 'at')::float8 + coalesce((step ->> 'took')::float8, 0)), 0)
  from jsonb_array_elements(${sql.ref(steps)}) as step
)`;

const announced = sql`pg_notify(${sql.lit(channel)}, json_build_array(fleet, tenant_id)::text)`;

/** Tells whoever follows that the tenant is in other hands, or in nobody's any more; in the transaction of that change. */
export async function announce(tx: Kysely<CatalogSchema>, { fleet, id }: TenantKey): Promise<void> {
  await sql`select pg_notify(${channel}, json_build_array(${fleet}::text, ${id}::text)::text)`.execute(tx);
}

/** Anybody who is let into the catalog can announce anything. */
function keyOf(payload: string): TenantKey | undefined {
  try {
    const [fleet, id] = announcement.parse(JSON.parse(payload));
    return { fleet, id };
  } catch {
    return undefined;
  }
}

const announcement = z.tuple([z.string(), z.custom<TenantId>(isTenantId)]);
