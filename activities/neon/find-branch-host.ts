import { cancellationSignal } from '@temporalio/activity';
import { connectionUri } from '../../neon/connection-uri.js';
import type { Dependencies } from '../dependencies.js';
import { knownTenant } from '../known-tenant.js';
import type { ProjectInput } from '../tenant-input.js';

/** A branch's host, with the port if it is not Postgres' default. */
export function findBranchHost({ neon, catalog }: Dependencies) {
  return async ({
    tenant,
    projectId,
    branchId,
  }: ProjectInput & { readonly branchId: string }): Promise<string> => {
    const { databaseName: database, ownerRole: role } = await knownTenant(catalog, tenant);
    const of = { projectId, branchId, database, role };
    return new URL(await connectionUri(neon, of, cancellationSignal())).host;
  };
}
