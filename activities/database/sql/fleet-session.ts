import type pg from 'pg';
import { withTenantDatabase } from '../tenant-database.js';
import { closePublic } from './access.js';
import { refuseForeignCode } from './foreign-code.js';
import { membersOf } from './roles.js';
import { endConnections } from './shut-logins.js';

/**
 * Opens a session of the owner for the fleet's own SQL, that is migrations and hooks, which may omit the
 * schema `public`. First it ensures that no object of the tenant's can interfere there. Throws `RoleUnfit` if
 * one does.
 */
export function withFleetSession<T>(
  owner: string,
  group: string,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withTenantDatabase(owner, signal, async (client) => {
    const open = await closePublic(client, group);
    for (const statement of open) await client.query(statement);
    // An object that the tenant could create a moment ago may be in a transaction that is still open.
    if (open.length > 0) await endConnections(client, await membersOf(client, group));
    await refuseForeignCode(client, group);
    await client.query('set search_path = public');
    await client.query('reset lock_timeout');
    return work(client);
  });
}
