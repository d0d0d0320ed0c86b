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

/** A tenant whose newest backup is too old. */
export interface BackupOverdue {
  readonly tenantId: TenantId;
  /** When the newest backup was taken; absent when there is none. */
  readonly backedUpAt: Date | undefined;
}

/** A tenant's snapshot in the catalog. */
export type KnownSnapshot = Pick<Resource, 'name' | 'projectId' | 'neonId' | 'detail' | 'createdAt'>;

/** The records of snapshots that a plan's policy takes. */
export interface BackupRecords {
  /** Ready tenants that are due for a backup, by id; `limit` at most. */
  due(
    fleet: string,
    policies: readonly BackupPolicy[],
    page: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<BackupDue[]>;
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
  /** Tenants that have missed a backup; `limit` at most. */
  overdue(fleet: string, policies: readonly BackupPolicy[], limit: number): Promise<BackupOverdue[]>;
  /** A tenant's newest unexpired snapshot of its live project, or the one with that name. */
  newest(key: TenantKey, name?: string): Promise<KnownSnapshot | undefined>;
  /** A random ready tenant that has a backup in its live project. */
  anyTenant(fleet: string): Promise<TenantId | undefined>;
}

export function createBackupRecords(db: Kysely<CatalogSchema>): BackupRecords {
  const olderThan = (ms: number) => sql<Date>`now() - make_interval(secs => ${ms / 1000})`;
  const ready = (fleet: string) =>
    db.selectFrom('tenants').where('fleet', '=', fleet).where('state', '=', 'ready');
  // The expression of the index.
  const newestBackup = sql<Date>`coalesce(backed_up_at, '-infinity')`;
  /** A separate query: within the whole, Postgres would scan all of the fleet's tenants in the requested order. */
  const behind = (fleet: string, policies: readonly BackupPolicy[], longest: (backups: Backups) => number) =>
    db.with(
      (cte) => cte('behind').materialized(),
      () => {
        const [first = nobody(fleet), ...others] = policies.map(([plan, backups]) =>
          ofPlan(fleet, plan)
            .where(newestBackup, '<=', olderThan(longest(backups)))
            .select(olderThan(longest(backups)).as('limit_at')),
        );
        return others.reduce((all, more) => all.unionAll(more), first);
      },
    );
  const ofPlan = (fleet: string, plan: string) =>
    ready(fleet).where('plan', '=', plan).select(['id', 'plan', 'backed_up_at', 'ready_at', 'created_at']);
  const nobody = (fleet: string) =>
    ofPlan(fleet, '').where(sql<boolean>`false`).select(olderThan(0).as('limit_at'));
  return {
    due: (fleet, policies, { after, limit }) =>
      behind(fleet, policies, ({ every }) => every)
        .selectFrom('behind')
        .select(['id as tenantId', 'plan'])
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
            .set({ backed_up_at: noted?.createdAt ?? now })
            .where('fleet', '=', fleet)
            .where('id', '=', id)
            .execute();
      }),
    async overdue(fleet, policies, limit) {
      const rows = await behind(fleet, policies, overdueAfter)
        .selectFrom('behind')
        .where(sql<boolean>`coalesce(backed_up_at, ready_at, created_at) <= limit_at`)
        .select(['id as tenantId', 'backed_up_at'])
        .limit(limit)
        .execute();
      return rows.map(({ tenantId, backed_up_at }) => ({ tenantId, backedUpAt: backed_up_at ?? undefined }));
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
