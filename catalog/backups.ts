import { type Kysely, sql } from 'kysely';
import { type Backups, overdueAfter } from '../tenancy/backups.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { now } from './projects.js';
import { createResources, type Resource } from './resources.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey } from './tenant.js';

/** A plan's name, and how its tenants are backed up. */
export type BackupPolicy = readonly [plan: string, backups: Backups];

export interface BackupDue {
  readonly tenantId: TenantId;
  readonly plan: string;
}

/** A tenant whose newest backup is too old. */
export interface BackupOverdue {
  readonly tenantId: TenantId;
  /** When the newest one was taken; absent where there is none. */
  readonly backedUpAt: Date | undefined;
}

/** A tenant's snapshot, as the catalog has it. */
export type KnownSnapshot = Pick<Resource, 'name' | 'projectId' | 'neonId' | 'detail' | 'createdAt'>;

/** Snapshots that are taken because a plan says so. */
export interface BackupRecords {
  /** Tenants that are ready and due for one, by id; `limit` at most. */
  due(
    fleet: string,
    policies: readonly BackupPolicy[],
    page: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<BackupDue[]>;
  /** Records a snapshot that was intended before, with what held when it was taken; of a backup also that the tenant has one. */
  noteSnapshot(
    key: TenantKey,
    taken: Pick<Resource, 'name' | 'projectId' | 'neonId' | 'expiresAt'> & {
      readonly label: string | undefined;
      readonly isBackup: boolean;
    },
  ): Promise<void>;
  /** Those that have missed one; `limit` at most. */
  overdue(fleet: string, policies: readonly BackupPolicy[], limit: number): Promise<BackupOverdue[]>;
  /** A tenant's newest snapshot of its live project that has not expired, or the one of that name. */
  newest(key: TenantKey, name?: string): Promise<KnownSnapshot | undefined>;
  /** A ready tenant that has a backup, at random. */
  anyTenant(fleet: string): Promise<TenantId | undefined>;
}

export function createBackupRecords(db: Kysely<CatalogSchema>): BackupRecords {
  const olderThan = (ms: number) => sql<Date>`now() - make_interval(secs => ${ms / 1000})`;
  const ready = (fleet: string) =>
    db.selectFrom('tenants').where('fleet', '=', fleet).where('state', '=', 'ready');
  const ofPlans = (fleet: string, policies: readonly BackupPolicy[], longest: (backups: Backups) => number) =>
    ready(fleet).where((row) =>
      row.or(
        policies.map(([plan, backups]) =>
          row.and([
            row('plan', '=', plan),
            row.or([row('backed_up_at', 'is', null), row('backed_up_at', '<=', olderThan(longest(backups)))]),
          ]),
        ),
      ),
    );
  return {
    async due(fleet, policies, { after, limit }) {
      if (policies.length === 0) return [];
      return ofPlans(fleet, policies, ({ every }) => every)
        .select(['id as tenantId', 'plan'])
        .$if(after !== undefined, (query) => query.where(sql`id collate "C"`, '>', after ?? ''))
        .orderBy(sql`id collate "C"`)
        .limit(limit)
        .execute();
    },
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
      if (policies.length === 0) return [];
      const rows = await ofPlans(fleet, policies, overdueAfter)
        .where((row) =>
          row.or(
            policies.map(([plan, backups]) =>
              row.and([
                row('plan', '=', plan),
                row(
                  sql<Date>`coalesce(backed_up_at, ready_at, created_at)`,
                  '<=',
                  olderThan(overdueAfter(backups)),
                ),
              ]),
            ),
          ),
        )
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
        .orderBy(sql`random()`)
        .limit(1)
        .executeTakeFirst();
      return row?.id;
    },
  };
}
