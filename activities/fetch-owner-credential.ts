import { cancellationSignal } from '@temporalio/activity';
import { connectionUri } from '../neon/connection-uri.js';
import type { Dependencies } from './dependencies.js';
import { knownTenant } from './known-tenant.js';
import type { ProjectStep } from './tenant-step.js';

/** Asks Neon for the owner's connection string on its default branch, and seals it. */
export function fetchOwnerCredential({ neon, catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectStep): Promise<void> => {
    const { databaseName, ownerRole } = await knownTenant(catalog, tenant);
    const of = { projectId, database: databaseName, role: ownerRole };
    await catalog.secrets.put(tenant, 'owner', await connectionUri(neon, of, cancellationSignal()));
  };
}
