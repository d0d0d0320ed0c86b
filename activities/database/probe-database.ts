import { cancellationSignal } from '@temporalio/activity';
import type { Dependencies } from '../dependencies.js';
import { ownerIn } from '../known-owner.js';
import { knownSecret } from '../known-secret.js';
import type { ProjectInput, TenantInput } from '../tenant-input.js';
import { withTenantDatabase } from './tenant-database.js';

/** Logs in as the owner, once. Finished operations do not mean that Postgres accepts logins yet. */
export function probeDatabase({ catalog }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<void> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    await withTenantDatabase(owner, cancellationSignal(), (client) => client.query('select 1'));
  };
}

/** The same in any of the tenant's projects. */
export function probeProject({ catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<void> => {
    const owner = await ownerIn(catalog, tenant, projectId);
    await withTenantDatabase(owner, cancellationSignal(), (client) => client.query('select 1'));
  };
}
