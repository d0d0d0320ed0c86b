import { cancellationSignal } from '@temporalio/activity';
import { appGroupName, appReaderName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import { knownTenant } from '../known-tenant.js';
import type { TenantInput } from '../tenant-input.js';
import { loginsIn } from './sql/roles.js';
import { shutLogins } from './sql/shut-logins.js';
import { withTenantDatabase } from './tenant-database.js';

/** Revokes login and the right to connect from each of the tenant's roles, and ends their connections. */
export function closeLogin({ catalog }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<void> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    const { appRole } = await knownTenant(catalog, tenant);
    // A run that was terminated may have left logins in the read-only group.
    const groups = [appGroupName(tenant.id), appReaderName(tenant.id)];
    await withTenantDatabase(owner, cancellationSignal(), async (client) => {
      await shutLogins(client, await loginsIn(client, groups, appRole), { groups });
    });
  };
}
