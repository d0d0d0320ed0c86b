import type { Client } from '@temporalio/client';
import type pg from 'pg';
import { rolloutWorkflowId } from '../../tenancy/naming.js';

export interface Treated {
  /** Tenants by how many migrations of theirs began, and succeeded: `1/1` is how it should be. */
  readonly tenantsByRuns: Readonly<Record<string, number>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly atNewest: number;
}

/** What the catalog says has become of the tenants. */
export async function readTreated(
  client: pg.ClientBase,
  { fleet, rollout, newest }: { readonly fleet: string; readonly rollout: string; readonly newest: string },
): Promise<Treated> {
  const runs = await client.query<{ runs: string; tenants: number }>(
    `select began || '/' || succeeded as runs, count(*)::int as tenants from (
       select count(*) filter (where event = 'began') as began, count(*) filter (where event = 'succeeded') as succeeded
       from tenantry.tenants left join tenantry.history
         on history.fleet = tenants.fleet and history.tenant_id = tenants.id and operation = 'migrate'
       where tenants.fleet = $1 group by tenants.id) each group by 1`,
    [fleet],
  );
  const counts = await client.query<{ state: string; tenants: number }>(
    `select state, sum(tenants)::int as tenants from tenantry.rollout_counts
     where fleet = $1 and rollout_id = $2 group by state having sum(tenants) > 0`,
    [fleet, rollout],
  );
  const at = await client.query<{ tenants: number }>(
    `select count(*)::int as tenants from tenantry.tenants
     where fleet = $1 and schema_version = $2 and state = 'ready'`,
    [fleet, newest],
  );
  return {
    tenantsByRuns: Object.fromEntries(runs.rows.map(({ runs, tenants }) => [runs, tenants])),
    counts: Object.fromEntries(counts.rows.map(({ state, tenants }) => [state, tenants])),
    atNewest: at.rows[0]?.tenants ?? 0,
  };
}

export interface Histories {
  readonly runs: number;
  readonly mostEvents: number;
  readonly mostBytes: number;
  readonly events: number;
  readonly bytes: number;
}

/** How long the histories of a rollout's runs are. */
export function historiesOfRollout(client: Client, fleet: string, rollout: string): Promise<Histories> {
  return histories(client, `WorkflowId = '${rolloutWorkflowId(fleet, rollout)}'`);
}

/** Of the tenants' own runs. */
export function historiesOfTenants(client: Client): Promise<Histories> {
  return histories(client, "WorkflowType = 'migrateTenant'");
}

/** Of the runs that a query of Temporal's visibility finds. */
export async function histories(client: Client, query: string): Promise<Histories> {
  const found = { runs: 0, mostEvents: 0, mostBytes: 0, events: 0, bytes: 0 };
  for await (const { historyLength, historySize = 0 } of client.workflow.list({ query, pageSize: 1_000 })) {
    found.runs += 1;
    found.events += historyLength;
    found.bytes += historySize;
    found.mostEvents = Math.max(found.mostEvents, historyLength);
    found.mostBytes = Math.max(found.mostBytes, historySize);
  }
  return found;
}
