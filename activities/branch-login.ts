import { randomBytes } from 'node:crypto';
import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import type { SecretKind } from '../catalog/schema.js';
import { connectionUri } from '../neon/connection-uri.js';
import { failure } from '../tenancy/failures.js';
import { appGroupName, supportRoleName } from '../tenancy/naming.js';
import { roleStatements } from './create-app-role.js';
import type { Dependencies } from './dependencies.js';
import { knownSecret } from './known-secret.js';
import { knownTenant } from './known-tenant.js';
import { membersOf } from './set-login.js';
import { withTenantDatabase } from './tenant-database.js';
import type { ProjectStep, TenantStep } from './tenant-step.js';

export interface BranchLogin {
  /** Where the copy answers, with its port if that is not Postgres' own. */
  readonly host: string;
  readonly role: string;
}

function secretKind(name: string): SecretKind {
  return `branch:${name}`;
}

/** Asks Neon where the copy answers, and seals a connection string for a login that the copy is yet to be given. */
export function sealBranchLogin({ neon, catalog }: Dependencies) {
  return async ({
    tenant,
    projectId,
    branchId,
    name,
  }: ProjectStep & { readonly branchId: string; readonly name: string }): Promise<BranchLogin> => {
    const { databaseName: database, ownerRole } = await knownTenant(catalog, tenant);
    const of = { projectId, branchId, database, role: ownerRole };
    const login = new URL(await connectionUri(neon, of, cancellationSignal()));
    login.username = supportRoleName(name);
    login.password = randomBytes(24).toString('base64url');
    const sealed = await catalog.secrets.open(tenant, secretKind(name));
    // One that was sealed before for this very copy may be in use by now.
    if (sealed === undefined || new URL(sealed).host !== login.host)
      await catalog.secrets.put(tenant, secretKind(name), login.href);
    return { host: login.host, role: login.username };
  };
}

/**
 * Closes the tenant's own logins on the copy, and makes the copy's: a member of the same group, so it can do what the
 * application can. The copy has the owner that the live database has, password and all.
 */
export function openBranchLogin({ catalog }: Dependencies) {
  return async ({ tenant, name }: TenantStep & { readonly name: string }): Promise<void> => {
    const login = new URL(await knownSecret(catalog, tenant, secretKind(name)));
    const owner = new URL(await knownSecret(catalog, tenant, 'owner'));
    owner.host = login.host;
    const group = appGroupName(tenant.id);
    await withTenantDatabase(owner.href, cancellationSignal(), async (client) => {
      await client.query('begin');
      await client.query("select pg_advisory_xact_lock(hashtext('tenantry'))");
      for (const role of await membersOf(client, group))
        await client.query(`alter role ${pg.escapeIdentifier(role)} nologin`);
      for (const statement of roleStatements(login.username, group, login.password))
        await client.query(statement);
      await client.query('commit');
    });
  };
}

/** Logs in on the copy as its own role, and looks that nobody else of the tenant's can. */
export function verifyBranchLogin({ catalog }: Dependencies) {
  return async ({ tenant, name }: TenantStep & { readonly name: string }): Promise<void> => {
    const login = await knownSecret(catalog, tenant, secretKind(name));
    await withTenantDatabase(login, cancellationSignal(), async (client) => {
      const { rows } = await client.query<{ role: string }>(
        `select member.rolname as role from pg_catalog.pg_auth_members m
         join pg_catalog.pg_roles member on member.oid = m.member
         join pg_catalog.pg_roles grp on grp.oid = m.roleid
         where grp.rolname = $1 and member.rolcanlogin and member.rolname <> session_user
           and not member.rolcreaterole`,
        [appGroupName(tenant.id)],
      );
      if (rows.length === 0) return;
      throw failure('RoleUnfit', `${rows.map(({ role }) => role).join(', ')} can still log in on the copy`);
    });
  };
}
