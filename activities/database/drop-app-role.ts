import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { knownTenant } from '../known-tenant.js';
import type { TenantInput } from '../tenant-input.js';
import { dropTurn, inTurn } from './sql/turn.js';
import type { OpenDatabase } from './survey-database.js';
import { withTenantDatabase } from './tenant-database.js';

/**
 * Undoes `createAppRole` in a database that existed before: its roles go with all their privileges, and what
 * was open to every role is open again. Nobody has used the roles yet, so they own nothing.
 */
export function dropAppRole({ catalog }: Dependencies) {
  return async (
    input: TenantInput & { readonly openDatabases: readonly OpenDatabase[]; readonly openPublic?: boolean },
  ): Promise<void> => {
    const owner = await catalog.secrets.open(input.tenant, 'owner');
    // Without the owner's credential nothing was ever created.
    if (owner === undefined) return;
    const { appRole } = await knownTenant(catalog, input.tenant);
    await withTenantDatabase(owner, cancellationSignal(), (client) =>
      inTurn(client, async () => {
        for (const role of [appRole, appGroupName(input.tenant.id)]) {
          const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [
            role,
          ]);
          if (rowCount === 0) continue;
          const name = pg.escapeIdentifier(role);
          // Dropping a role's privileges requires the privileges of that role; the admin option is not
          // enough.
          await client.query(`grant ${name} to current_user with inherit true`);
          await client.query(`drop owned by ${name}`);
          await client.query(`drop role ${name}`);
        }
        for (const { name, connect, temporary } of input.openDatabases) {
          const rights = [...(connect ? ['connect'] : []), ...(temporary ? ['temporary'] : [])].join(', ');
          await client.query(`grant ${rights} on database ${pg.escapeIdentifier(name)} to public`);
        }
        if (input.openPublic) await client.query('grant create on schema public to public');
        await dropTurn(client);
      }),
    );
  };
}
