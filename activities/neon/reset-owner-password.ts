import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { connectionUri } from '../../neon/connection-uri.js';
import { resetRolePassword } from '../../neon/roles.js';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import { knownTenant } from '../known-tenant.js';
import type { ProjectInput } from '../tenant-input.js';

/**
 * Has Neon create a new password for the owner, which ends the compute's connections. The password itself is
 * fetched later. Returns the operations to wait for; none if an earlier attempt did it and its reply was
 * lost.
 */
export function resetOwnerPassword({ neon, catalog }: Dependencies) {
  return async ({
    tenant,
    projectId,
    branchId,
  }: ProjectInput & { readonly branchId: string }): Promise<string[]> => {
    const { databaseName: database, ownerRole: role } = await knownTenant(catalog, tenant);
    if (activityInfo().attempt > 1) {
      const now = await connectionUri(neon, { projectId, branchId, database, role }, cancellationSignal());
      const sealed = await knownSecret(catalog, tenant, 'owner');
      if (passwordOf(now) !== passwordOf(sealed)) return [];
    }
    return resetRolePassword(neon, { projectId, branchId, role }, cancellationSignal());
  };
}

/** Decoded, because the sealed string may be encoded differently. */
function passwordOf(connection: string): string {
  return decodeURIComponent(new URL(connection).password);
}
