import { cancellationSignal } from '@temporalio/activity';
import { failure } from '../../tenancy/failures.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import type { TenantInput } from '../tenant-input.js';
import { named, outOfReach } from './sql/out-of-reach.js';
import { withTenantDatabase } from './tenant-database.js';

/**
 * Checks that the tenant's role can read and write everything in the owner's schemas, as an adoption
 * promises. Throws `RequestUnfit` with the objects that it cannot reach, and their owners.
 */
export function verifyReach({ catalog }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<void> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    const left = await withTenantDatabase(owner, cancellationSignal(), (client) =>
      outOfReach(client, appGroupName(tenant.id), { ownToo: true }),
    );
    if (left.length > 0)
      throw failure('RequestUnfit', `the tenant's role does not reach ${named(left)}, though it should`);
  };
}
