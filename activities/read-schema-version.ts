import { cancellationSignal } from '@temporalio/activity';
import type { Dependencies } from './dependencies.js';
import { knownSecret } from './known-secret.js';
import { ledgerSchema, ledgerTable, newestMigration } from './migrate-database.js';
import { withTenantDatabase } from './tenant-database.js';
import type { TenantStep } from './tenant-step.js';

/** The newest migration that the tenant's database itself says it has; none where it has no ledger. */
export function readSchemaVersion({ catalog }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<string | undefined> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    return withTenantDatabase(owner, cancellationSignal(), async (client) => {
      const ledger = `${ledgerSchema}.${ledgerTable}`;
      const { rowCount } = await client.query('select where pg_catalog.to_regclass($1) is not null', [
        ledger,
      ]);
      return rowCount === 0 ? undefined : newestMigration(client);
    });
  };
}
