import { cancellationSignal } from '@temporalio/activity';
import { connectionUri } from '../../neon/connection-uri.js';
import type { Dependencies } from '../dependencies.js';
import { knownTenant } from '../known-tenant.js';
import type { ProjectInput } from '../tenant-input.js';

/**
 * Asks Neon for the owner's connection string in one of the tenant's projects, on its default branch, and
 * seals it.
 */
export function fetchOwnerCredential({ neon, catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<void> => {
    const { databaseName, ownerRole, projectId: live } = await knownTenant(catalog, tenant);
    const of = { projectId, database: databaseName, role: ownerRole };
    const owner = await connectionUri(neon, of, cancellationSignal());
    await catalog.secrets.put(tenant, live === projectId ? 'owner' : `project:${projectId}`, owner);
  };
}
