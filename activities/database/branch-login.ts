import { randomBytes } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import type { Catalog } from '../../catalog/catalog.js';
import type { SecretKind } from '../../catalog/schema.js';
import type { TenantKey } from '../../catalog/tenant.js';
import { connectionUri } from '../../neon/connection-uri.js';
import { appGroupName, supportRoleName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import { knownTenant } from '../known-tenant.js';
import type { ProjectInput, TenantInput } from '../tenant-input.js';
import { knownLogins } from './known-logins.js';
import { giveLogin } from './sql/give-login.js';
import { refuseUnknownLogins } from './sql/logins.js';
import { membersOf } from './sql/roles.js';
import { shutLogins } from './sql/shut-logins.js';
import { withTenantDatabase } from './tenant-database.js';

export interface BranchLogin {
  /** The copy's host, with the port if it is not Postgres' default. */
  readonly host: string;
  readonly role: string;
}

function secretKind(name: string): SecretKind {
  return `branch:${name}`;
}

/**
 * Asks Neon for the copy's host, and seals a connection string for a login that the copy does not have yet.
 */
export function sealBranchLogin({ neon, catalog }: Dependencies) {
  return async ({
    tenant,
    projectId,
    branchId,
    name,
  }: ProjectInput & { readonly branchId: string; readonly name: string }): Promise<BranchLogin> => {
    const { databaseName: database, ownerRole } = await knownTenant(catalog, tenant);
    const of = { projectId, branchId, database, role: ownerRole };
    const login = new URL(await connectionUri(neon, of, cancellationSignal()));
    login.username = supportRoleName(name);
    login.password = randomBytes(24).toString('base64url');
    const sealed = await catalog.secrets.open(tenant, secretKind(name));
    // A connection string that was sealed earlier for this same copy may already be in use.
    if (sealed === undefined || new URL(sealed).host !== login.host)
      await catalog.secrets.put(tenant, secretKind(name), login.href);
    return { host: login.host, role: login.username };
  };
}

/**
 * Closes the tenant's own logins on the copy, and creates the copy's login: a member of the same group, with
 * the application's privileges.
 */
export function openBranchLogin({ catalog, fleet: { appRole } }: Dependencies) {
  return async ({ tenant, name }: TenantInput & { readonly name: string }): Promise<void> => {
    const login = new URL(await knownSecret(catalog, tenant, secretKind(name)));
    const owner = await ownerOnCopy(catalog, tenant, login);
    const [role, group] = [login.username, appGroupName(tenant.id)];
    await withTenantDatabase(owner, cancellationSignal(), async (client) => {
      const others = (await membersOf(client, group)).filter((member) => member !== role);
      await shutLogins(client, others, { groups: [group] });
      await giveLogin(client, { role, group, password: login.password, appRole });
    });
  };
}

/**
 * Logs in to the copy as its own role, and checks that only the owner and logins known to the fleet can log
 * in besides.
 */
export function verifyBranchLogin({ catalog, fleet }: Dependencies) {
  return async ({ tenant, name }: TenantInput & { readonly name: string }): Promise<void> => {
    const login = await knownSecret(catalog, tenant, secretKind(name));
    await withTenantDatabase(login, cancellationSignal(), async (client) => {
      const { username } = new URL(login);
      const known = await knownLogins({ catalog, fleet }, tenant);
      await refuseUnknownLogins(client, [...known, username]);
    });
  };
}

/** The copy has the live database's owner, with the same password. */
async function ownerOnCopy(catalog: Catalog, tenant: TenantKey, login: URL): Promise<string> {
  const owner = new URL(await knownSecret(catalog, tenant, 'owner'));
  owner.host = login.host;
  return owner.href;
}
