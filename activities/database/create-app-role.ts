import { randomBytes } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import type { Catalog } from '../../catalog/catalog.js';
import type { TenantKey } from '../../catalog/tenant.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import { knownTenant } from '../known-tenant.js';
import type { TenantInput } from '../tenant-input.js';
import { giveLogin } from './sql/give-login.js';
import { openDatabase } from './sql/shut-writes.js';
import { withTenantDatabase } from './tenant-database.js';

/**
 * Creates the tenant's own limited role: a login that works as a group, which owns the application's objects.
 * It may read and write the tables of the migrations; it may not touch roles, databases, the ledger or
 * `public`. Every statement can be repeated, and the password is sealed before the role gets it.
 */
export function createAppRole({ catalog, fleet: { appRole } }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<void> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    const { appRole: role } = await knownTenant(catalog, tenant);
    const password = await appPassword(catalog, tenant, owner, role);
    await withTenantDatabase(owner, cancellationSignal(), async (client) => {
      // A restore may go back to the middle of a move.
      await openDatabase(client);
      await giveLogin(client, { role, group: appGroupName(tenant.id), password, appRole });
    });
  };
}

/** Seals a new password, or returns the one that an earlier attempt sealed. */
async function appPassword(
  catalog: Catalog,
  tenant: TenantKey,
  owner: string,
  role: string,
): Promise<string> {
  const app = new URL(owner);
  app.username = role;
  app.password = randomBytes(24).toString('base64url');
  return new URL(await catalog.secrets.keep(tenant, 'app', app.href)).password;
}
