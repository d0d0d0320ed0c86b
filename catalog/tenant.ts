import type { Selectable } from 'kysely';
import type { SettledState, TenantState } from '../tenancy/lifecycle.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { FailureReason, KnownLogins, TenantsTable } from './schema.js';

/** What the catalog knows of a tenant. */
export interface Tenant {
  readonly fleet: string;
  readonly id: TenantId;
  readonly state: TenantState;
  /** The state that it was in last and that lasts. */
  readonly settledState: SettledState | undefined;
  readonly plan: string;
  readonly projectName: string;
  readonly projectId: string | undefined;
  /** The region that the project was asked for in, or was adopted in; not known of tenants from before it was noted. */
  readonly region: string | undefined;
  readonly databaseName: string;
  readonly ownerRole: string;
  /** The project was there before Tenantry. */
  readonly adopted: boolean;
  readonly appRole: string;
  readonly schemaVersion: string | undefined;
  /** What its own role was held to when an operation last saw to it: see `accessMark`. */
  readonly access: string | undefined;
  readonly knownLogins: KnownLogins;
  readonly failure: FailureReason | undefined;
  /** The workflow run that wrote last. */
  readonly runId: string;
  /** Since when a create is in doubt: it was sent, and no certain answer to it was read. */
  readonly createPostedAt: Date | undefined;
  /** How often a create was sent for this project name and not certainly refused. */
  readonly createPosts: number;
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

/** The tenant is in another run's hands, or gone: whoever writes has outlived its run and must stop. */
export class StaleRunError extends Error {
  override readonly name = 'StaleRunError';
}

/** What a run is about to note does not fit what the catalog has of the tenant by now. */
export class TenantRecordError extends Error {
  override readonly name = 'TenantRecordError';
}

/** The id is one that was erased for good. */
export class ErasedTenantError extends Error {
  override readonly name = 'ErasedTenantError';

  constructor(erasedAt: Date) {
    super(
      `a tenant of this id was erased on ${erasedAt.toISOString()}; to use the id again, say so with reuseErased (--reuse-erased)`,
    );
  }
}

export function tenantOf(row: Selectable<TenantsTable>): Tenant {
  return {
    fleet: row.fleet,
    id: row.id,
    state: row.state,
    settledState: row.settled_state ?? undefined,
    plan: row.plan,
    projectName: row.project_name,
    projectId: row.project_id ?? undefined,
    region: row.project_region ?? undefined,
    databaseName: row.database_name,
    ownerRole: row.owner_role,
    adopted: row.adopted,
    appRole: row.app_role,
    schemaVersion: row.schema_version ?? undefined,
    access: row.access ?? undefined,
    knownLogins: row.known_logins,
    failure: row.failure ?? undefined,
    runId: row.run_id,
    createPostedAt: row.create_posted_at ?? undefined,
    createPosts: row.create_posts,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    readyAt: row.ready_at ?? undefined,
  };
}
