import { cancellationSignal } from '@temporalio/activity';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { appIn, ownerIn } from '../known-owner.js';
import { knownTenant } from '../known-tenant.js';
import { type CopyInput, comparedRoles } from './copy-database.js';
import { differences, fingerprintOf, refuseDifferences } from './fingerprint.js';
import { giveLogin } from './sql/give-login.js';
import { leaveGroup } from './sql/roles.js';
import { lostSettings, settingsOf } from './sql/settings-of.js';
import { endConnections } from './sql/shut-logins.js';
import { withTenantDatabase } from './tenant-database.js';

/** Compares a database with its copy. Throws `CopyDiffers` with the first few differences. */
export function compareDatabases({ catalog }: Dependencies) {
  return async (input: CopyInput): Promise<void> => {
    const { tenant, fromProjectId, projectId } = input;
    const roles = comparedRoles(input);
    const look = async (of: string) =>
      withTenantDatabase(await ownerIn(catalog, tenant, of), cancellationSignal(), async (client) => ({
        settings: await settingsOf(client),
        fingerprint: await fingerprintOf(client, roles),
      }));
    const both = Promise.all([look(fromProjectId), look(projectId)]);
    const [one, other] = await heartbeatWhile(both);
    const found = [
      ...lostSettings(other.settings, one.settings),
      ...differences(one.fingerprint, other.fingerprint),
    ];
    refuseDifferences(found);
  };
}

/**
 * Ends the owner's membership in the tenant's roles, which copying needed, and resets the password and the
 * settings of the tenant's login: the tenant's code ran as that login in the meantime.
 */
export function finishCopy({ catalog, fleet: { appRole } }: Dependencies) {
  return async ({ tenant, projectId }: CopyInput): Promise<void> => {
    const owner = await ownerIn(catalog, tenant, projectId);
    const password = decodeURIComponent(new URL(await appIn(catalog, tenant, projectId)).password);
    const { appRole: role } = await knownTenant(catalog, tenant);
    const group = appGroupName(tenant.id);
    await withTenantDatabase(owner, cancellationSignal(), async (client) => {
      await endConnections(client, [role]);
      await giveLogin(client, { role, group, password, appRole });
      await leaveGroup(client, group);
      await leaveGroup(client, role);
    });
  };
}
