import { cancellationSignal } from '@temporalio/activity';
import { failure } from '../tenancy/failures.js';
import { appGroupName, appReaderName } from '../tenancy/naming.js';
import { leaveGroup } from './close-writes.js';
import type { CopyStep } from './copy-database.js';
import type { Dependencies } from './dependencies.js';
import { differences, fingerprintOf } from './fingerprint.js';
import { heartbeatWhile } from './heartbeat.js';
import { ownerIn } from './known-side.js';
import { withTenantDatabase } from './tenant-database.js';

/** Compares a database with its copy. Throws `CopyDiffers`, with the first few things that are not the same. */
export function compareDatabases({ catalog }: Dependencies) {
  return async ({ tenant, fromProjectId, projectId, timings }: CopyStep): Promise<void> => {
    const roles = { group: appGroupName(tenant.id), except: appReaderName(tenant.id) };
    const fingerprint = async (of: string) =>
      withTenantDatabase(await ownerIn(catalog, tenant, of), cancellationSignal(), (client) =>
        fingerprintOf(client, roles),
      );
    const both = Promise.all([fingerprint(fromProjectId), fingerprint(projectId)]);
    const [one, other] = await heartbeatWhile(timings.heartbeat / 3, both);
    const found = differences(one, other);
    if (found.length === 0) return;
    throw failure('CopyDiffers', `the copy of the database is not the same, in: ${found.join('; ')}`);
  };
}

/** Ends the owner's membership in the tenant's group, which copying needed. */
export function finishCopy({ catalog }: Dependencies) {
  return async ({ tenant, projectId }: CopyStep): Promise<void> => {
    const owner = await ownerIn(catalog, tenant, projectId);
    await withTenantDatabase(owner, cancellationSignal(), (client) =>
      leaveGroup(client, appGroupName(tenant.id)),
    );
  };
}
