import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { Kept } from '../tenancy/kept.js';
import type { CatalogSchema } from './schema.js';

export interface PruneLimits {
  /** The most rows of one statement; for usage, the most projects, each with a day. */
  readonly rows: number;
  /** No batch begins after this time, in milliseconds. */
  readonly forMs: number;
}

/** The number of rows that were deleted, or added up, by kind. */
export type Pruned = Readonly<Record<Kind, number>>;

export interface Retention {
  /** Whether there is anything that has been kept for long enough. Each look is a few index probes. */
  isDue(fleet: string, kept: Kept): Promise<boolean>;
  /**
   * Deletes what has been kept for long enough, in batches of a transaction each, and stops when the time is up. What
   * is left is still due. It locks the rows of a batch only.
   */
  prune(fleet: string, kept: Kept, limits: PruneLimits): Promise<Pruned>;
}

export type Kind = 'rollouts' | 'events' | 'usageHours' | 'usage' | 'drills' | 'backupHistory';

interface Of {
  readonly fleet: string;
  /** What is older goes. */
  readonly before: RawBuilder<Date>;
}

interface Prunable {
  readonly keptMs: (kept: Kept) => number;
  /** Selects a row if there is something to do. */
  readonly probe: (of: Of) => RawBuilder<unknown>;
  /** Does a batch; returns the number of rows, 0 when nothing is left. */
  readonly batch: (db: Kysely<CatalogSchema>, of: Of, rows: number) => Promise<number>;
}

const startOf = (unit: 'day' | 'month', time: RawBuilder<Date>) =>
  sql<Date>`date_trunc(${sql.lit(unit)}, ${time}, 'UTC')`;

/**
 * A look goes no further than so many old rows from either end, so that it costs little whatever has to stay: an endpoint
 * that accepts nothing holds up any number of events. It begins at both ends, because rows that stay become the oldest.
 */
const mostLooks = 5_000;

/** The old rows of a table that a look goes over. */
const oldRows = (rows: RawBuilder<unknown>) => sql`(
  (${rows} order by at limit ${mostLooks}) union (${rows} order by at desc limit ${mostLooks})
)`;

/** Events that nobody is still to be sent. Where there is no endpoint nobody numbers them, and a new one begins after them. */
const oldEvents = ({ fleet, before }: Of) => sql`
  from ${oldRows(sql`select seq, fleet, at, position from tenantry.events where fleet = ${fleet} and at < ${before}`)} e
  where not exists (
    select 1 from tenantry.event_endpoints p
    where p.fleet = e.fleet and (e.position is null or e.position > p.cursor)
  ) and not exists (
    select 1 from tenantry.event_deliveries d
    where d.fleet = e.fleet and d.position = e.position and d.delivered_at is null
  )`;

/** The last drill of a tenant stays: it says whether its backups can be restored. */
const oldDrills = ({ fleet, before }: Of) => sql`
  from tenantry.drills d
  where d.fleet = ${fleet} and d.at < ${before} and exists (
    select 1 from tenantry.drills later
    where later.fleet = d.fleet and later.tenant_id = d.tenant_id and later.at > d.at
  )`;

/** The run that holds the tenant, or held it last, is looked up by its beginning. */
const oldBackups = ({ fleet, before }: Of) => sql`
  from ${oldRows(sql`
    select id, fleet, tenant_id, run_id, event, at from tenantry.history
    where fleet = ${fleet} and at < ${before} and detail ? 'isBackup'`)} h
  where not exists (
    select 1 from tenantry.tenants t where t.fleet = h.fleet and t.id = h.tenant_id and t.run_id = h.run_id
  )`;

const prunable: Readonly<Record<Kind, Prunable>> = {
  rollouts: {
    keptMs: ({ rolloutsMs }) => rolloutsMs,
    probe: ({ fleet, before }) =>
      sql`select 1 from tenantry.rollouts where fleet = ${fleet} and ended_at < ${before}`,
    batch: pruneRollout,
  },
  events: {
    keptMs: ({ eventsMs }) => eventsMs,
    probe: (of) => sql`select 1 ${oldEvents(of)}`,
    batch: (db, of, rows) =>
      db.transaction().execute(async (tx) => {
        // A replay sends what is in the log now: it waits for this, or this for it.
        await sql`select 1 from tenantry.event_endpoints where fleet = ${of.fleet} order by id for update`.execute(
          tx,
        );
        return affected(
          sql`
          with old as (select e.seq ${oldEvents(of)} order by e.at limit ${rows}),
          free as (select seq from tenantry.events where seq in (select seq from old) for update skip locked)
          delete from tenantry.events e using free where e.seq = free.seq`.execute(tx),
        );
      }),
  },
  usageHours: {
    keptMs: ({ usageHoursMs }) => usageHoursMs,
    probe: ({ fleet, before }) =>
      sql`select 1 from tenantry.usage where fleet = ${fleet} and hour < ${startOf('day', before)}`,
    batch: addUpDay,
  },
  usage: {
    keptMs: ({ usageMs }) => usageMs,
    // Part of a month would be a wrong sum.
    probe: ({ fleet, before }) => sql`
      (select 1 from tenantry.usage_days where fleet = ${fleet} and hour < ${startOf('month', before)} limit 1)
      union all
      (select 1 from tenantry.usage where fleet = ${fleet} and hour < ${startOf('month', before)} limit 1)
      union all
      (select 1 from tenantry.usage_projects
        where fleet = ${fleet} and due_at is null and gone_at < ${startOf('month', before)} limit 1)`,
    batch: pruneUsage,
  },
  drills: {
    keptMs: ({ drillsMs }) => drillsMs,
    probe: (of) => sql`select 1 ${oldDrills(of)}`,
    batch: (db, of, rows) =>
      affected(
        sql`
        with old as (select d.fleet, d.id ${oldDrills(of)} order by d.at limit ${rows})
        delete from tenantry.drills d using old where d.fleet = old.fleet and d.id = old.id`.execute(db),
      ),
  },
  backupHistory: {
    keptMs: ({ backupHistoryMs }) => backupHistoryMs,
    probe: (of) => sql`select 1 ${oldBackups(of)}`,
    // A backup's beginning says what it is; its end has the same run.
    batch: (db, of, rows) =>
      affected(
        sql`
        with old as (
          select h.id, h.fleet, h.tenant_id, h.run_id, h.event ${oldBackups(of)} order by h.at limit ${rows}
        ), ended as (
          delete from tenantry.history h using old
          where old.event = 'began' and h.fleet = old.fleet and h.tenant_id = old.tenant_id and h.run_id = old.run_id
            and h.event in ('succeeded', 'failed')
        )
        delete from tenantry.history h using old where h.id = old.id`.execute(db),
      ),
  },
};

export function createRetention(db: Kysely<CatalogSchema>): Retention {
  const each = Object.entries(prunable) as [Kind, Prunable][];
  const of = (fleet: string, keptMs: number): Of => ({
    fleet,
    before: sql<Date>`now() - ${keptMs}::float8 * interval '1 millisecond'`,
  });
  return {
    async isDue(fleet, kept) {
      const probes = each.map(([, { probe, keptMs }]) => sql`exists (${probe(of(fleet, keptMs(kept)))})`);
      const { rows } = await sql<{ due: boolean }>`select ${sql.join(probes, sql` or `)} as due`.execute(db);
      return rows[0]?.due ?? false;
    },
    async prune(fleet, kept, { rows, forMs }) {
      const began = performance.now();
      const isOver = () => performance.now() - began >= forMs;
      const pruned: Record<Kind, number> = {
        rollouts: 0,
        events: 0,
        usageHours: 0,
        usage: 0,
        drills: 0,
        backupHistory: 0,
      };
      for (const [kind, { keptMs, batch }] of each)
        while (!isOver()) {
          const done = await batch(db, of(fleet, keptMs(kept)), rows);
          pruned[kind] += done;
          if (done === 0) break;
        }
      return pruned;
    },
  };
}

const affected = async (done: Promise<{ readonly numAffectedRows?: bigint }>) =>
  Number((await done).numAffectedRows ?? 0n);

/** A rollout may have a row for each tenant of the fleet, so it goes in several batches, and is read by nobody meanwhile. */
function pruneRollout(db: Kysely<CatalogSchema>, { fleet, before }: Of, rows: number): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const old = await tx
      .updateTable('rollouts')
      .set({ pruned_at: sql<Date>`coalesce(pruned_at, now())` })
      .where('fleet', '=', fleet)
      .where('id', '=', ({ selectFrom }) =>
        selectFrom('rollouts')
          .select('id')
          .where('fleet', '=', fleet)
          .where('ended_at', '<', before)
          .orderBy('ended_at')
          .limit(1),
      )
      // A retry may have begun it anew since.
      .where('ended_at', '<', before)
      .returning('id')
      .executeTakeFirst();
    if (old === undefined) return 0;
    const members = await affected(
      sql`
        delete from tenantry.rollout_tenants where fleet = ${fleet} and rollout_id = ${old.id} and tenant_id in (
          select tenant_id from tenantry.rollout_tenants where fleet = ${fleet} and rollout_id = ${old.id} limit ${rows}
        )`.execute(tx),
    );
    if (members === rows) return members;
    await tx.deleteFrom('rollouts').where('fleet', '=', fleet).where('id', '=', old.id).execute();
    return members + 1;
  });
}

/** A day of the projects that have the oldest hour. A project's day is added up whole, so that it becomes few rows. */
function addUpDay(db: Kysely<CatalogSchema>, { fleet, before }: Of, projects: number): Promise<number> {
  return affected(
    sql`
      with oldest as (
        select min(hour) as hour from tenantry.usage where fleet = ${fleet} and hour < ${startOf('day', before)}
      ), chosen as (
        select u.project_id, u.hour from tenantry.usage u, oldest
        where u.fleet = ${fleet} and u.hour = oldest.hour limit ${projects}
      ), taken as (
        delete from tenantry.usage u using chosen
        where u.project_id = chosen.project_id
          and u.hour >= chosen.hour and u.hour < date_trunc('day', chosen.hour, 'UTC') + interval '1 day'
        returning u.*
      )
      insert into tenantry.usage_days (
        project_id, hour, hours, fleet, tenant_id, plan, compute_unit_seconds, root_branch_byte_hours,
        child_branch_byte_hours, history_byte_hours, snapshot_byte_hours, public_transfer_bytes, private_transfer_bytes,
        branch_hours
      )
      select project_id, min(hour), count(*), fleet, tenant_id, plan, sum(compute_unit_seconds),
        sum(root_branch_byte_hours), sum(child_branch_byte_hours), sum(history_byte_hours), sum(snapshot_byte_hours),
        sum(public_transfer_bytes), sum(private_transfer_bytes), sum(branch_hours)
      from taken group by project_id, fleet, tenant_id, plan, branch_hours`.execute(db),
  );
}

/** Warnings of budgets go with the usage of their month, and a deleted project's row once there is no usage of it. */
function pruneUsage(db: Kysely<CatalogSchema>, { fleet, before }: Of, rows: number): Promise<number> {
  const month = startOf('month', before);
  return db.transaction().execute(async (tx) => {
    let usage = 0;
    // Hours are there where they are kept for longer than usage at all.
    for (const table of [sql.table('tenantry.usage_days'), sql.table('tenantry.usage')])
      usage += await affected(
        sql`
          with old as (
            select project_id, hour from ${table} where fleet = ${fleet} and hour < ${month} order by hour limit ${rows}
          )
          delete from ${table} d using old where d.project_id = old.project_id and d.hour = old.hour`.execute(
          tx,
        ),
      );
    const projects = await affected(
      sql`
        with old as (
          select project_id from tenantry.usage_projects
          where fleet = ${fleet} and due_at is null and gone_at < ${month} limit ${rows}
        )
        delete from tenantry.usage_projects p using old where p.project_id = old.project_id`.execute(tx),
    );
    const warnings = await affected(
      sql`
        delete from tenantry.budget_warnings
        where fleet = ${fleet} and period < to_char(${month} at time zone 'UTC', 'YYYY-MM')`.execute(tx),
    );
    return usage + projects + warnings;
  });
}
