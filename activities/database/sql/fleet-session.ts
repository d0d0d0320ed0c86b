import type pg from 'pg';
import { withTenantDatabase } from '../tenant-database.js';
import { closePublic } from './access.js';
import { refuseForeignCode } from './foreign-code.js';
import { membersOf } from './roles.js';
import { endConnections } from './shut-logins.js';

/**
 * A session of the owner's for the fleet's own SQL, its migrations and hooks, which may leave out the schema `public`. First
 * it sees to it that nothing of the tenant's can stand in the way there. Throws `RoleUnfit` where something does.
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
    // What it was allowed to make a moment ago may be in a transaction of its that is yet to end.
    if (open.length > 0) await endConnections(client, await membersOf(client, group));
    await refuseForeignCode(client, group);
    await client.query('set search_path = public');
    await client.query('reset lock_timeout');
    return work(client);
  });
}
