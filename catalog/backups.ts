import { type Kysely, sql } from 'kysely';
import { type Backups, overdueAfter } from '../tenancy/backups.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { now } from './projects.js';
import { createResources, type Resource } from './resources.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey } from './tenant.js';

/** A plan's name, and its policy for backups. */
export type BackupPolicy = readonly [plan: string, backups: Backups];

export interface BackupDue {
  readonly tenantId: TenantId;
  readonly plan: string;
}

/** The tries of a tenant's next backup, which have all failed. */
export interface FailedTries {
  readonly tries: number;
  readonly failedAt: Date;
  /** Why the last one failed. */
  readonly trouble: string;
  /** When the next one is due; in the past where it has not begun yet. */
  readonly nextAt: Date;
}

/** A tenant whose newest backup is too old, or whose next one has failed several times in a row. */
export interface BackupOverdue {
  readonly tenantId: TenantId;
  /** When the newest backup was taken; absent when there is none. */
  readonly backedUpAt: Date | undefined;
  /** Whether a backup was missed. */
  readonly isLate: boolean;
  /** Absent when the last one was taken. */
  readonly failed: FailedTries | undefined;
}

/** A plan that the fleet does not have, and its tenants. */
export interface UnknownPlan {
  readonly plan: string;
  /** Their number, up to 1,000. */
  readonly tenants: number;
  /** Some of them. */
  readonly some: readonly TenantId[];
}

export interface BackupPage {
  readonly after?: string | undefined;
  readonly limit: number;
  /** The interval between two looks, in milliseconds: how long the second failure of a backup puts it off, halved. */
  readonly lookMs: number;
}

/** A tenant's snapshot in the catalog. */
export type KnownSnapshot = Pick<Resource, 'name' | 'projectId' | 'neonId' | 'detail' | 'createdAt'>;

/** The records of snapshots that a plan's policy takes. */
export interface BackupRecords {
  /**
   * Ready tenants that are due for a backup, by id; `limit` at most. One whose backup failed is due in the next look,
   * and after that twice as long after each failure as before, `every` at most.
   */
  due(fleet: string, policies: readonly BackupPolicy[], page: BackupPage): Promise<BackupDue[]>;
  /**
   * Records that an intended snapshot exists, with the tenant's facts at that time; for a backup, also that the
   * tenant has one.
   */
  noteSnapshot(
    key: TenantKey,
    taken: Pick<Resource, 'name' | 'projectId' | 'neonId' | 'expiresAt'> & {
      readonly label: string | undefined;
      readonly isBackup: boolean;
    },
  ): Promise<void>;
  /** Tenants that have missed a backup, or whose next one has failed several times; `limit` at most. */
  overdue(
    fleet: string,
    policies: readonly BackupPolicy[],
    page: Pick<BackupPage, 'limit' | 'lookMs'>,
  ): Promise<BackupOverdue[]>;
  /** The plans in use that the fleet does not have: nobody knows whether their tenants are to be backed up. */
  unknownPlans(fleet: string, known: readonly string[]): Promise<UnknownPlan[]>;
  /** A tenant's newest unexpired snapshot of its live project, or the one with that name. */
  newest(key: TenantKey, name?: string): Promise<KnownSnapshot | undefined>;
  /** A random ready tenant that has a backup in its live project. */
  anyTenant(fleet: string): Promise<TenantId | undefined>;
}

/** No more tenants of an unknown plan are counted. */
const mostTenants = 1_000;
/** From so many failures in a row on, a person is told. */
const manyTries = 3;

/** When a failed backup is due again. */
const nextAt = ({ every }: Backups, lookMs: number) => sql<Date>`backup_failed_at + case
  when backup_tries > 1 then least(${lookMs}::float8 * 2 ^ least(backup_tries - 1, 30), ${every}::float8) else 0
end * interval '1 millisecond'`;

export function createBackupRecords(db: Kysely<CatalogSchema>): BackupRecords {
  const olderThan = (ms: number) => sql<Date>`now() - make_interval(secs => ${ms / 1000})`;
  const ready = (fleet: string) =>
    db.selectFrom('tenants').where('fleet', '=', fleet).where('state', '=', 'ready');
  // The expression of the index.
  const newestBackup = sql<Date>`coalesce(backed_up_at, '-infinity')`;
  /** A separate query: within the whole, Postgres would scan all of the fleet's tenants in the requested order. */
  const behind = (
    fleet: string,
    policies: readonly BackupPolicy[],
    lookMs: number,
    longest: (backups: Backups) => number,
  ) =>
    db.with(
      (cte) => cte('behind').materialized(),
      () => {
        const [first = nobody(fleet), ...others] = policies.map(([plan, backups]) =>
          ofPlan(fleet, plan)
            .where(newestBackup, '<=', olderThan(longest(backups)))
            .select([olderThan(longest(backups)).as('limit_at'), nextAt(backups, lookMs).as('next_at')]),
        );
        return others.reduce((all, more) => all.unionAll(more), first);
      },
    );
  const failing = (fleet: string, policies: readonly BackupPolicy[], lookMs: number) => {
    const [first = nobody(fleet), ...others] = policies.map(([plan, backups]) =>
      ofPlan(fleet, plan)
        .where('backup_failed_at', 'is not', null)
        .where('backup_tries', '>=', manyTries)
        .select([olderThan(overdueAfter(backups)).as('limit_at'), nextAt(backups, lookMs).as('next_at')]),
    );
    return others.reduce((all, more) => all.unionAll(more), first);
  };
  const ofPlan = (fleet: string, plan: string) =>
    ready(fleet)
      .where('plan', '=', plan)
      .select(['id', 'plan', 'backed_up_at', 'ready_at', 'created_at'])
      .select(['backup_tries', 'backup_failed_at', 'backup_trouble']);
  const nobody = (fleet: string) =>
    ofPlan(fleet, '')
      .where(sql<boolean>`false`)
      .select([olderThan(0).as('limit_at'), olderThan(0).as('next_at')]);
  return {
    due: (fleet, policies, { after, limit, lookMs }) =>
      behind(fleet, policies, lookMs, ({ every }) => every)
        .selectFrom('behind')
        .select(['id as tenantId', 'plan'])
        .where((row) => row.or([row('backup_failed_at', 'is', null), row('next_at', '<=', now)]))
        .$if(after !== undefined, (query) => query.where(sql`id collate "C"`, '>', after ?? ''))
        .orderBy(sql`id collate "C"`)
        .limit(limit)
        .execute(),
    noteSnapshot: ({ fleet, id }, { name, projectId, neonId, expiresAt, label, isBackup }) =>
      db.transaction().execute(async (tx) => {
        const tenant = await tx
          .selectFrom('tenants')
          .select(['plan', 'schema_version', 'app_role'])
          .where('fleet', '=', fleet)
          .where('id', '=', id)
          .executeTakeFirstOrThrow();
        const detail = {
          plan: tenant.plan,
          role: tenant.app_role,
          ...(tenant.schema_version === null ? {} : { schemaVersion: tenant.schema_version }),
          ...(label === undefined ? {} : { label }),
          ...(isBackup ? { backup: true } : {}),
        };
        const kind = 'snapshot';
        const resources = createResources(tx);
        await resources.put({ fleet, id }, { kind, name, projectId, neonId, detail, expiresAt });
        const noted = await resources.get({ fleet, id }, kind, name);
        if (isBackup)
          await tx
            .updateTable('tenants')
            .set({
              backed_up_at: noted?.createdAt ?? now,
              ...{ backup_tries: 0, backup_failed_at: null, backup_trouble: null },
            })
            .where('fleet', '=', fleet)
            .where('id', '=', id)
            .execute();
      }),
    async overdue(fleet, policies, { limit, lookMs }) {
      const since = sql<boolean>`coalesce(backed_up_at, ready_at, created_at) <= limit_at`;
      const [late, failed] = await Promise.all([
        behind(fleet, policies, lookMs, overdueAfter)
          .selectFrom('behind')
          .where(since)
          .selectAll()
          .limit(limit)
          .execute(),
        failing(fleet, policies, lookMs).limit(limit).execute(),
      ]);
      const lateIds = new Set(late.map(({ id }) => id));
      return [...late, ...failed.filter(({ id }) => !lateIds.has(id))].slice(0, limit).map((row) => ({
        tenantId: row.id,
        backedUpAt: row.backed_up_at ?? undefined,
        isLate: lateIds.has(row.id),
        failed:
          row.backup_failed_at === null
            ? undefined
            : {
                tries: row.backup_tries,
                failedAt: row.backup_failed_at,
                trouble: row.backup_trouble ?? '',
                nextAt: row.next_at,
              },
      }));
    },
    async unknownPlans(fleet, known) {
      // One probe for each plan in use, however many tenants have it.
      const { rows } = await sql<{ plan: string; tenants: number; some: TenantId[] }>`
        with recursive used as (
          (select plan from tenantry.tenants where fleet = ${fleet} order by plan limit 1)
          union all
          select (
            select t.plan from tenantry.tenants t where t.fleet = ${fleet} and t.plan > used.plan order by t.plan limit 1
          ) from used where used.plan is not null
        )
        select used.plan, found.tenants, found.some
        from used cross join lateral (
          select count(*)::integer as tenants, (array_agg(id))[1:5] as some from (
            select t.id from tenantry.tenants t
            where t.fleet = ${fleet} and t.plan = used.plan and t.state not in ('failed', 'offboarded', 'erasing')
            order by t.id collate "C" limit ${mostTenants}
          ) each
        ) found
        where used.plan <> all(${known}::text[]) and found.tenants > 0
        order by used.plan`.execute(db);
      return rows;
    },
    async newest({ fleet, id }, name) {
      const row = await db
        .selectFrom('resources')
        .innerJoin('projects', (join) =>
          join.onRef('projects.neon_id', '=', 'resources.project_id').on('projects.role', '=', 'live'),
        )
        .select(['resources.name', 'project_id', 'resources.neon_id', 'detail', 'resources.created_at'])
        .where('resources.fleet', '=', fleet)
        .where('resources.tenant_id', '=', id)
        .where('kind', '=', 'snapshot')
        .where('resources.neon_id', '<>', '')
        .where((each) => each.or([each('expires_at', 'is', null), each('expires_at', '>', now)]))
        .$if(name !== undefined, (query) => query.where('resources.name', '=', name ?? ''))
        .orderBy('resources.created_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      return (
        row && {
          name: row.name,
          projectId: row.project_id,
          neonId: row.neon_id,
          detail: row.detail,
          createdAt: row.created_at,
        }
      );
    },
    async anyTenant(fleet) {
      const row = await ready(fleet)
        .select('id')
        .where('backed_up_at', 'is not', null)
        // Its backups may be gone since: the plan no longer has any, or somebody has deleted them.
        .where(({ exists, selectFrom }) =>
          exists(
            selectFrom('resources')
              .innerJoin('projects', (join) =>
                join.onRef('projects.neon_id', '=', 'resources.project_id').on('projects.role', '=', 'live'),
              )
              .select(sql`1`.as('one'))
              .whereRef('resources.fleet', '=', 'tenants.fleet')
              .whereRef('resources.tenant_id', '=', 'tenants.id')
              .where('kind', '=', 'snapshot')
              .where(sql<boolean>`detail ? 'backup'`)
              .where('resources.neon_id', '<>', '')
              .where((each) => each.or([each('expires_at', 'is', null), each('expires_at', '>', now)])),
          ),
        )
        .orderBy(sql`random()`)
        .limit(1)
        .executeTakeFirst();
      return row?.id;
    },
  };
}
