import { type ExpressionBuilder, type Kysely, type Selectable, sql } from 'kysely';
import type { FailureReason } from '../tenancy/failure-reason.js';
import type { SettledState, TenantState } from '../tenancy/lifecycle.js';
import type { ProjectRole } from '../tenancy/project-role.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { CatalogSchema, TenantsTable } from './schema.js';

/** A tenant's row in the catalog. */
export interface Tenant {
  readonly fleet: string;
  readonly id: TenantId;
  readonly state: TenantState;
  /** Its last settled state. */
  readonly settledState: SettledState | undefined;
  readonly plan: string;
  /** The fleet's customer that it belongs to, as the application named it. */
  readonly customer: string | undefined;
  /** The name of its live project, or of its last one if it has no live one. */
  readonly projectName: string;
  /** Neon's id of its live project, once it has one. */
  readonly projectId: string | undefined;
  /** Neon's id of the region of its live project; unknown for projects from before it was recorded. */
  readonly region: string | undefined;
  readonly databaseName: string;
  readonly ownerRole: string;
  /** The project existed before Tenantry. */
  readonly adopted: boolean;
  readonly appRole: string;
  readonly schemaVersion: string | undefined;
  /** The rights of its role that an operation last set: see `accessMark`. */
  readonly access: string | undefined;
  readonly failure: FailureReason | undefined;
  /** The sweep's last failure with one of its projects or copies. */
  readonly trouble: string | undefined;
  /** The workflow run that wrote last. */
  readonly runId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly readyAt: Date | undefined;
}

export interface TenantKey {
  readonly fleet: string;
  readonly id: TenantId;
}

/** A tenant's key, and the run that writes for it. */
export interface Writer extends TenantKey {
  readonly runId: string;
  readonly workflowId: string;
}

/** Another run holds the tenant, or it is gone: the caller's run is stale and must stop. */
export class StaleRunError extends Error {
  override readonly name = 'StaleRunError';
}

/** What a run is about to record contradicts the tenant's current row. */
export class TenantRecordError extends Error {
  override readonly name = 'TenantRecordError';
}

/** A tenant with this id was erased for good. */
export class ErasedTenantError extends Error {
  override readonly name = 'ErasedTenantError';

  constructor(erasedAt: Date) {
    super(
      `a tenant of this id was erased on ${erasedAt.toISOString()}; to use the id again, say so with reuseErased (--reuse-erased)`,
    );
  }
}

/** Tenants, each with its live project, or else with its last one. */
export function tenantRows(db: Kysely<CatalogSchema>) {
  return db
    .selectFrom('tenants')
    .leftJoinLateral(
      (query) =>
        query
          .selectFrom('projects')
          .select([
            'projects.name',
            'projects.neon_id',
            'projects.role',
            'projects.region',
            'projects.adopted',
          ])
          .whereRef('projects.fleet', '=', 'tenants.fleet')
          .whereRef('projects.tenant_id', '=', 'tenants.id')
          .orderBy(sql`projects.role = 'live'`, 'desc')
          .orderBy('projects.created_at', 'desc')
          .limit(1)
          .as('project'),
      (join) => join.onTrue(),
    )
    .selectAll('tenants')
    .select([
      'project.name as project_name',
      'project.neon_id as project_id',
      'project.role as project_role',
      'project.region as project_region',
      'project.adopted as project_adopted',
    ])
    .select((query) => [
      troubleWith(query, 'projects').as('project_trouble'),
      troubleWith(query, 'resources').as('resource_trouble'),
    ]);
}

/** The sweep's last failure with one of a tenant's projects or copies. */
export function troubleWith(
  tenants: ExpressionBuilder<CatalogSchema, 'tenants'>,
  table: 'projects' | 'resources',
) {
  return tenants
    .selectFrom(table)
    .select(`${table}.trouble`)
    .whereRef(`${table}.fleet`, '=', 'tenants.fleet')
    .whereRef(`${table}.tenant_id`, '=', 'tenants.id')
    .where(`${table}.trouble`, 'is not', null)
    .limit(1);
}

type TenantRow = Selectable<TenantsTable> & {
  readonly project_name: string | null;
  readonly project_id: string | null;
  readonly project_role: ProjectRole | null;
  readonly project_region: string | null;
  readonly project_adopted: boolean | null;
  readonly project_trouble: string | null;
  readonly resource_trouble: string | null;
};

export function tenantOf(row: TenantRow): Tenant {
  return {
    fleet: row.fleet,
    id: row.id,
    state: row.state,
    settledState: row.settled_state ?? undefined,
    plan: row.plan,
    customer: row.customer ?? undefined,
    projectName: row.project_name ?? '',
    projectId: (row.project_role === 'live' ? row.project_id : null) ?? undefined,
    region: (row.project_role === 'live' ? row.project_region : null) ?? undefined,
    databaseName: row.database_name,
    ownerRole: row.owner_role,
    adopted: row.project_adopted ?? false,
    appRole: row.app_role,
    schemaVersion: row.schema_version ?? undefined,
    access: row.access ?? undefined,
    failure: row.failure ?? undefined,
    trouble: row.project_trouble ?? row.resource_trouble ?? undefined,
    runId: row.run_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    readyAt: row.ready_at ?? undefined,
  };
}
