import type { DrillEvidence } from '../../tenancy/drill-evidence.js';
import { failure } from '../../tenancy/failures.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import type { Dependencies } from '../dependencies.js';
import { type ProjectInput, type TenantInput, writerOf } from '../tenant-input.js';

export interface DrillChosen {
  readonly tenantId: TenantId;
  readonly visibility?: Visibility;
}

/** A random ready tenant that has a backup; nothing if there is none. */
export function chooseDrill({ catalog, fleet }: Dependencies) {
  return async (asked: { readonly fleet: string }): Promise<DrillChosen | undefined> => {
    if (asked.fleet !== fleet.name) {
      const message = `a worker of fleet "${fleet.name}" took the drill of fleet "${asked.fleet}"`;
      throw failure('ForeignFleet', message, { nonRetryable: false });
    }
    const tenantId = await catalog.backups.anyTenant(fleet.name);
    if (tenantId === undefined) return undefined;
    const visibility = await visibilityOf(fleet, tenantId, () => catalog.installation());
    return { tenantId, ...(visibility && { visibility }) };
  };
}

export interface SnapshotToProve {
  readonly name: string;
  readonly snapshotId: string;
  /** ISO 8601 */
  readonly takenAt: string;
  /** The newest migration that the tenant had then; absent if it had none, or if that is unknown. */
  readonly schemaVersion?: string;
}

/** The tenant's newest snapshot, or the one of that name. Throws `RequestUnfit` if its project has none. */
export function findSnapshotToProve({ catalog }: Dependencies) {
  return async ({ tenant, name }: ProjectInput & { readonly name?: string }): Promise<SnapshotToProve> => {
    const found = await catalog.backups.newest(tenant, name);
    if (found === undefined) {
      const which = name === undefined ? 'no snapshot' : `no snapshot "${name}"`;
      throw failure('RequestUnfit', `the tenant has ${which} of the project that it lives in`);
    }
    const { schemaVersion } = found.detail;
    return {
      name: found.name,
      snapshotId: found.neonId,
      takenAt: found.createdAt.toISOString(),
      ...(typeof schemaVersion === 'string' ? { schemaVersion } : {}),
    };
  };
}

export function noteDrill({ catalog }: Dependencies) {
  return (input: TenantInput & { readonly evidence: DrillEvidence }): Promise<void> =>
    catalog.drills.note(writerOf(input), input.evidence);
}
