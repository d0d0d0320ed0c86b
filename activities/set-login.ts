import { cancellationSignal } from '@temporalio/activity';
import { isFailure } from '../tenancy/failures.js';
import { appGroupName } from '../tenancy/naming.js';
import { giveLogin } from './database/give-login.js';
import { membersOf } from './database/roles.js';
import { databaseDoor, shutLogins } from './database/shut-logins.js';
import type { Dependencies } from './dependencies.js';
import { knownSecret } from './known-secret.js';
import { knownTenant } from './known-tenant.js';
import { withTenantDatabase } from './tenant-database.js';
import type { TenantStep } from './tenant-step.js';

/** Takes the login from every role in the tenant's group, and the right to connect, and ends their connections. */
export function closeLogin({ catalog }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<void> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    const { databaseName } = await knownTenant(catalog, tenant);
    const group = appGroupName(tenant.id);
    try {
      await withTenantDatabase(owner, cancellationSignal(), async (client) => {
        const door = databaseDoor(databaseName, group);
        await shutLogins(client, await membersOf(client, group), { door });
      });
    } catch (error) {
      // Nobody gets in as it is; the quota that comes next keeps it so.
      if (!isFailure(error, 'DatabaseOverQuota')) throw error;
    }
  };
}

/**
 * Gives the tenant's present role its login and its rights again, with the password that is sealed: whoever held the
 * credential may have changed the one it had.
 */
export function openLogin({ catalog, fleet: { appRole } }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<void> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    const { password } = new URL(await knownSecret(catalog, tenant, 'app'));
    const { appRole: role } = await knownTenant(catalog, tenant);
    await withTenantDatabase(owner, cancellationSignal(), (client) =>
      giveLogin(client, {
        role,
        group: appGroupName(tenant.id),
        password: decodeURIComponent(password),
        appRole,
      }),
    );
  };
}
