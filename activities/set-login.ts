import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import { isFailure } from '../tenancy/failures.js';
import { appGroupName } from '../tenancy/naming.js';
import type { Dependencies } from './dependencies.js';
import { knownSecret } from './known-secret.js';
import { knownTenant } from './known-tenant.js';
import { withTenantDatabase } from './tenant-database.js';
import type { TenantStep } from './tenant-step.js';

/** Takes the login from every role in the tenant's group, and ends their connections. */
export function closeLogin({ catalog }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<void> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    try {
      await withTenantDatabase(owner, cancellationSignal(), async (client) => {
        for (const role of await membersOf(client, appGroupName(tenant.id))) {
          await client.query(`alter role ${pg.escapeIdentifier(role)} nologin`);
          await endConnections(client, role);
        }
      });
    } catch (error) {
      // Nobody gets in as it is; the quota that comes next keeps it so.
      if (!isFailure(error, 'DatabaseOverQuota')) throw error;
    }
  };
}

/** Gives the tenant's present role its login again. */
export function openLogin({ catalog }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<void> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    const { appRole } = await knownTenant(catalog, tenant);
    await withTenantDatabase(owner, cancellationSignal(), (client) =>
      client.query(`alter role ${pg.escapeIdentifier(appRole)} login`),
    );
  };
}

/** Whoever logged in before a login was closed, or its password changed, is still there. */
export async function endConnections(client: pg.Client, role: string): Promise<void> {
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [role]);
}

/** The logins in a group. */
export async function membersOf(client: pg.Client, group: string): Promise<string[]> {
  const { rows } = await client.query<{ role: string }>(
    `select member.rolname as role from pg_catalog.pg_auth_members m
     join pg_catalog.pg_roles member on member.oid = m.member
     join pg_catalog.pg_roles grp on grp.oid = m.roleid
     where grp.rolname = $1 and member.rolname <> current_user`,
    [group],
  );
  return rows.map(({ role }) => role);
}
