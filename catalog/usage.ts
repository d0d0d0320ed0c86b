import { type Kysely, sql } from 'kysely';
import { storableJson } from '../tenancy/storable.js';
import type { Usage } from '../tenancy/usage.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey } from './tenant.js';
import {
  type MonthOfUsage,
  type RecordedUsage,
  readMonthsOfUsage,
  readRecordedUsage,
} from './usage-report.js';

/** The projects of one call to Neon. */
export interface UsageReading {
  readonly projectIds: readonly string[];
  /** The start of the first hour that some of them need. */
  readonly from: Date;
  /** Now, by the catalog's clock. */
  readonly askedAt: Date;
  /** Whether more may be due than these. */
  readonly more: boolean;
}

/** Neon's response. */
export interface UsageRead {
  /** The projects in the response. */
  readonly projectIds: readonly string[];
  readonly hours: readonly { readonly projectId: string; readonly hour: Date; readonly usage: Usage }[];
}

/** The pace of readings, all in milliseconds. */
export interface UsagePace {
  /** The interval between two readings of a project. */
  readonly againMs: number;
  /** The age at which an hour is settled, counted from its end. */
  readonly latenessMs: number;
  /** How far back Neon reports hours. */
  readonly reachMs: number;
}

export interface UsageLimits {
  readonly projects: number;
  /** The most projects times hours. */
  readonly frames: number;
  readonly reachMs: number;
  /** An unfinished reading is repeated after this time. */
  readonly leaseMs: number;
}

/** The progress of readings. */
export interface UsageProgress {
  /** When a fleet's usage was last read; absent when it never was. */
  readonly readAt?: Date;
  /** The number of due projects, and since when the first of them is due. */
  readonly due: number;
  readonly dueSince?: Date;
  /** The hours of projects that were not read in time, and that Neon no longer reports. */
  readonly lostHours: number;
}

export interface UsageRecords {
  /** Takes due projects, the most overdue first; `undefined` when none is due. */
  next(fleet: string, limits: UsageLimits): Promise<UsageReading | undefined>;
  /** Gives up a failed reading: its projects are due again after this time, in milliseconds. */
  release(reading: UsageReading, afterMs: number): Promise<void>;
  /** Stores Neon's response: all of it, or nothing. Repeated, or overtaken by a later reading, it changes nothing. */
  record(fleet: string, reading: UsageReading, read: UsageRead, pace: UsagePace): Promise<void>;
  /**
   * The usage between two times, by tenant and plan. `includedBranches` is the number for each project, including its
   * root branch.
   */
  report(
    fleet: string,
    range: { readonly from: Date; readonly to: Date },
    includedBranches: number,
  ): Promise<readonly RecordedUsage[]>;
  /** A tenant's usage by month and plan, the oldest first. */
  months(key: TenantKey): Promise<readonly MonthOfUsage[]>;
  progress(fleet: string): Promise<UsageProgress>;
}

const hourMs = 3_600_000;

export function createUsageRecords(db: Kysely<CatalogSchema>): UsageRecords {
  return {
    next: (fleet, limits) => db.transaction().execute((tx) => takeReading(tx, fleet, limits)),
    async release({ projectIds }, afterMs) {
      await db
        .updateTable('usage_projects')
        .set({ due_at: sql<Date>`now() + ${afterMs}::float8 * interval '1 millisecond'` })
        .where('project_id', 'in', projectIds)
        .where('due_at', 'is not', null)
        .execute();
    },
    record: (fleet, reading, read, pace) =>
      db.transaction().execute(async (tx) => {
        await recordHours(tx, fleet, reading, read);
        await settleProjects(tx, fleet, reading, read, pace);
      }),
    report: (fleet, range, includedBranches) => readRecordedUsage(db, fleet, range, includedBranches),
    months: (key) => readMonthsOfUsage(db, key),
    async progress(fleet) {
      const row = await db
        .selectFrom('usage_projects')
        .select([
          sql<Date | null>`max(read_at)`.as('readAt'),
          sql<number>`(count(*) filter (where due_at <= now()))::integer`.as('due'),
          sql<Date | null>`min(due_at) filter (where due_at <= now())`.as('dueSince'),
          sql<number>`coalesce(sum(lost_hours), 0)::integer`.as('lostHours'),
        ])
        .where('fleet', '=', fleet)
        .executeTakeFirstOrThrow();
      const { readAt, dueSince, ...counts } = row;
      return { ...counts, ...(readAt && { readAt }), ...(dueSince && { dueSince }) };
    },
  };
}

/** Leases the reading. A project that Neon cannot report comes last the next time, so it blocks no others. */
async function takeReading(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  { projects, frames, reachMs, leaseMs }: UsageLimits,
): Promise<UsageReading | undefined> {
  const due = await tx
    .selectFrom('usage_projects')
    .select([
      'project_id',
      sql<Date>`now()`.as('now'),
      sql<Date>`greatest(read_from, date_trunc('hour', now() - ${reachMs}::float8 * interval '1 millisecond', 'UTC'))`.as(
        'from',
      ),
    ])
    .where('fleet', '=', fleet)
    .where('due_at', '<=', sql<Date>`now()`)
    .orderBy('due_at')
    .orderBy('project_id')
    .limit(projects)
    .forUpdate()
    .skipLocked()
    .execute();
  const [first] = due;
  if (first === undefined) return undefined;
  // All projects of one call have the same first hour.
  let from = first.from;
  const chosen: string[] = [];
  for (const { project_id, from: own } of due) {
    const earliest = Math.min(from.getTime(), own.getTime());
    const hours = Math.ceil((first.now.getTime() - earliest) / hourMs) + 1;
    if (chosen.length > 0 && hours * (chosen.length + 1) > frames) break;
    from = new Date(earliest);
    chosen.push(project_id);
  }
  await tx
    .updateTable('usage_projects')
    .set({ due_at: sql<Date>`now() + ${leaseMs}::float8 * interval '1 millisecond'` })
    .where('project_id', 'in', chosen)
    .execute();
  const more = due.length === projects || chosen.length < due.length;
  return { projectIds: chosen, from, askedAt: first.now, more };
}

/** Settled hours come again when another project of the same call is behind; they stay unchanged. */
async function recordHours(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  { askedAt }: UsageReading,
  { hours }: UsageRead,
): Promise<void> {
  const told = hours.map(({ projectId, hour, usage }) => ({
    project_id: projectId,
    hour: hour.toISOString(),
    compute_unit_seconds: usage.computeUnitSeconds,
    root_branch_byte_hours: usage.rootBranchByteHours,
    child_branch_byte_hours: usage.childBranchByteHours,
    history_byte_hours: usage.historyByteHours,
    snapshot_byte_hours: usage.snapshotByteHours,
    public_transfer_bytes: usage.publicTransferBytes,
    private_transfer_bytes: usage.privateTransferBytes,
    branch_hours: usage.branchHours,
  }));
  if (told.length === 0) return;
  await sql`
    insert into tenantry.usage as known (
      project_id, hour, fleet, tenant_id, plan, compute_unit_seconds, root_branch_byte_hours, child_branch_byte_hours,
      history_byte_hours, snapshot_byte_hours, public_transfer_bytes, private_transfer_bytes, branch_hours, read_at
    )
    select told.project_id, told.hour, p.fleet, p.tenant_id, coalesce(t.plan, p.plan, ''), told.compute_unit_seconds,
      told.root_branch_byte_hours, told.child_branch_byte_hours, told.history_byte_hours, told.snapshot_byte_hours,
      told.public_transfer_bytes, told.private_transfer_bytes, told.branch_hours, ${askedAt}
    from jsonb_to_recordset(${storableJson(told)}::jsonb) as told (
      project_id text, hour timestamptz, compute_unit_seconds bigint, root_branch_byte_hours bigint,
      child_branch_byte_hours bigint, history_byte_hours bigint, snapshot_byte_hours bigint, public_transfer_bytes bigint,
      private_transfer_bytes bigint, branch_hours bigint
    )
    join tenantry.usage_projects p on p.project_id = told.project_id and p.fleet = ${fleet} and told.hour >= p.read_from
    left join tenantry.tenants t on t.fleet = p.fleet and t.id = p.tenant_id
    order by told.project_id, told.hour
    on conflict (project_id, hour) do update set
      compute_unit_seconds = excluded.compute_unit_seconds,
      root_branch_byte_hours = excluded.root_branch_byte_hours,
      child_branch_byte_hours = excluded.child_branch_byte_hours,
      history_byte_hours = excluded.history_byte_hours,
      snapshot_byte_hours = excluded.snapshot_byte_hours,
      public_transfer_bytes = excluded.public_transfer_bytes,
      private_transfer_bytes = excluded.private_transfer_bytes,
      branch_hours = excluded.branch_hours,
      read_at = excluded.read_at
    where known.read_at < excluded.read_at and (
      known.compute_unit_seconds, known.root_branch_byte_hours, known.child_branch_byte_hours, known.history_byte_hours,
      known.snapshot_byte_hours, known.public_transfer_bytes, known.private_transfer_bytes, known.branch_hours
    ) is distinct from (
      excluded.compute_unit_seconds, excluded.root_branch_byte_hours, excluded.child_branch_byte_hours,
      excluded.history_byte_hours, excluded.snapshot_byte_hours, excluded.public_transfer_bytes,
      excluded.private_transfer_bytes, excluded.branch_hours
    )`.execute(tx);
}

/**
 * A project in Neon's response is settled up to a few hours ago. A missing one is requested again until Neon would no
 * longer report its hours. A deleted one is finished once its last hour is settled.
 */
async function settleProjects(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  { projectIds, askedAt }: UsageReading,
  read: UsageRead,
  { againMs, latenessMs, reachMs }: UsagePace,
): Promise<void> {
  const ago = (ms: number) =>
    sql`date_trunc('hour', ${askedAt}::timestamptz - ${ms}::float8 * interval '1 millisecond', 'UTC')`;
  await sql`
    with moved as (
      select p.project_id, coalesce(t.plan, p.plan) as plan,
        greatest(p.read_from, ${ago(reachMs)}) as reached,
        greatest(p.read_from, case when p.project_id = any(${read.projectIds}::text[]) then ${ago(latenessMs)} else ${ago(reachMs)} end)
          as read_from
      from tenantry.usage_projects p
      left join tenantry.tenants t on t.fleet = p.fleet and t.id = p.tenant_id
      where p.fleet = ${fleet} and p.project_id = any(${projectIds}::text[])
    )
    update tenantry.usage_projects p set
      plan = moved.plan,
      read_at = greatest(p.read_at, ${askedAt}),
      read_from = moved.read_from,
      lost_hours = p.lost_hours + case
        when p.read_at is null then 0
        else extract(epoch from moved.reached - p.read_from)::integer / 3600
      end,
      due_at = case
        when p.gone_at < moved.read_from then null
        else ${askedAt}::timestamptz + ${againMs}::float8 * interval '1 millisecond'
      end
    from moved where moved.project_id = p.project_id`.execute(tx);
}
