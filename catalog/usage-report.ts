import { type Kysely, sql } from 'kysely';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Usage } from '../tenancy/usage.js';
import type { BillableUsage } from '../tenancy/usage-cost.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey } from './tenant.js';

/** What a tenant used while it was on a plan. */
export interface RecordedUsage {
  /** Absent for erased tenants, which are summed up together. */
  readonly tenantId?: TenantId;
  readonly plan: string;
  readonly usage: BillableUsage;
  /** The first hour with recorded usage. */
  readonly since: Date;
  /** Whether one of its projects still exists, and so continues to cost under this plan. */
  readonly goesOn: boolean;
  /**
   * The plan that the tenant had when an existing project was last read. For an hour in which the plan changed there
   * may only be usage under the old one.
   */
  readonly planNow?: string;
}

interface Row extends BillableUsage {
  readonly tenantId: TenantId | null;
  readonly plan: string;
  readonly since: Date;
  readonly goesOn: boolean;
  readonly planNow: string | null;
}

/** In Neon's units. */
const sums = sql`
  sum(compute_unit_seconds)::float8 as "computeUnitSeconds",
  sum(root_branch_byte_hours)::float8 as "rootBranchByteHours",
  sum(child_branch_byte_hours)::float8 as "childBranchByteHours",
  sum(history_byte_hours)::float8 as "historyByteHours",
  sum(snapshot_byte_hours)::float8 as "snapshotByteHours",
  sum(public_transfer_bytes)::float8 as "publicTransferBytes",
  sum(private_transfer_bytes)::float8 as "privateTransferBytes",
  sum(branch_hours)::float8 as "branchHours"`;

/** Hours, and old hours added up: all hours of such a row had equally many branches. */
const recorded = sql`
  select project_id, hour, 1 as hours, fleet, tenant_id, plan, compute_unit_seconds, root_branch_byte_hours,
    child_branch_byte_hours, history_byte_hours, snapshot_byte_hours, public_transfer_bytes, private_transfer_bytes,
    branch_hours
  from tenantry.usage
  union all
  select project_id, hour, hours, fleet, tenant_id, plan, compute_unit_seconds, root_branch_byte_hours,
    child_branch_byte_hours, history_byte_hours, snapshot_byte_hours, public_transfer_bytes, private_transfer_bytes,
    branch_hours
  from tenantry.usage_days`;

/** A tenant's usage in a month, while it was on a plan. */
export interface MonthOfUsage extends Usage {
  readonly period: string;
  readonly plan: string;
}

/** All months, the oldest first. */
export async function readMonthsOfUsage(
  db: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
): Promise<readonly MonthOfUsage[]> {
  const { rows } = await sql<MonthOfUsage>`
    select to_char(hour at time zone 'UTC', 'YYYY-MM') as period, plan, ${sums}
    from (${recorded}) u where fleet = ${fleet} and tenant_id = ${id}
    group by 1, 2 order by 1, 2`.execute(db);
  return rows;
}

/** Postgres sums exactly. Above 2⁵³, which is 9 petabyte-hours, the result is rounded to the nearest number. */
export async function readRecordedUsage(
  db: Kysely<CatalogSchema>,
  fleet: string,
  { from, to }: { readonly from: Date; readonly to: Date },
  includedBranches: number,
): Promise<readonly RecordedUsage[]> {
  const { rows } = await sql<Row>`
    select u.tenant_id as "tenantId", u.plan, min(u.hour) as since, coalesce(bool_or(p.gone_at is null and p.plan = u.plan), false) as "goesOn",
      max(p.plan) filter (where p.gone_at is null) as "planNow",
      ${sums},
      sum(greatest(branch_hours - ${includedBranches - 1} * hours, 0))::float8 as "extraBranchHours"
    from (${recorded}) u
    left join tenantry.usage_projects p on p.project_id = u.project_id and p.tenant_id = u.tenant_id
    where u.fleet = ${fleet} and u.hour >= ${from} and u.hour < ${to}
    group by u.tenant_id, u.plan
    order by u.tenant_id collate "C", u.plan`.execute(db);
  return rows.map(({ tenantId, plan, since, goesOn, planNow, ...usage }) => ({
    ...(tenantId !== null && { tenantId }),
    plan,
    usage,
    since,
    goesOn,
    ...(planNow !== null && { planNow }),
  }));
}
