import { longestKept, plansWithBackups } from '../../tenancy/backups.js';
import { failure } from '../../tenancy/failures.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';

export interface BackupToTake {
  readonly tenantId: TenantId;
  readonly plan: string;
  /** How long the backup is kept, in milliseconds. */
  readonly ttlMs: number;
  readonly visibility?: Visibility;
}

/** A page of tenants that are due for a backup. */
export interface BackupsDue {
  readonly take: readonly BackupToTake[];
  /** The id to continue after; absent on the last page. */
  readonly after?: string;
}

const pageSize = 100;

/** A page of the ready tenants whose plan has backups and whose newest backup is old enough for another. */
export function findBackupsDue({ catalog, fleet }: Dependencies) {
  return async (asked: { readonly fleet: string; readonly after?: string }): Promise<BackupsDue> => {
    if (asked.fleet !== fleet.name) {
      const message = `a worker of fleet "${fleet.name}" took the backups of fleet "${asked.fleet}"`;
      throw failure('ForeignFleet', message, { nonRetryable: false });
    }
    const policies = plansWithBackups(fleet.plans);
    const byPlan = new Map(policies);
    const due = await catalog.backups.due(fleet.name, policies, {
      ...{ after: asked.after, limit: pageSize },
      lookMs: fleet.timings.backUp,
    });
    const take: BackupToTake[] = [];
    for (const { tenantId, plan } of due) {
      const backups = byPlan.get(plan);
      if (backups === undefined) continue;
      const visibility = await visibilityOf(fleet, tenantId, () => catalog.installation());
      take.push({ tenantId, plan, ttlMs: longestKept(backups), ...(visibility && { visibility }) });
    }
    const last = due.at(-1);
    return { take, ...(due.length < pageSize || last === undefined ? {} : { after: last.tenantId }) };
  };
}

export interface SnapshotNote extends ProjectInput {
  readonly name: string;
  readonly neonId: string;
  /** ISO 8601 */
  readonly expiresAt?: string;
  readonly label?: string;
  readonly isBackup: boolean;
}

/**
 * Records a snapshot, together with the plan, the schema and the role that the tenant had when it was taken.
 */
export function noteSnapshot({ catalog }: Dependencies) {
  return ({ tenant, projectId, name, neonId, expiresAt, label, isBackup }: SnapshotNote): Promise<void> =>
    catalog.backups.noteSnapshot(tenant, {
      ...{ name, projectId, neonId, label, isBackup },
      expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    });
}
