import { cancellationSignal } from '@temporalio/activity';
import { connectionUri } from '../neon/connection-uri.js';
import { databaseName, ownerRoleName } from '../tenancy/naming.js';
import type { Dependencies } from './dependencies.js';
import type { ProjectStep } from './tenant-step.js';

/** Asks Neon for the owner's connection string of a project whose create reply was lost, and seals it. */
export function fetchOwnerCredential({ neon, catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectStep): Promise<void> => {
    const of = { projectId, database: databaseName, role: ownerRoleName };
    await catalog.secrets.put(tenant, 'owner', await connectionUri(neon, of, cancellationSignal()));
  };
}
