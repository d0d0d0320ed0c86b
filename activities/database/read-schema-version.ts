import { cancellationSignal } from '@temporalio/activity';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import type { TenantInput } from '../tenant-input.js';
import { newestMigration } from './sql/ledger.js';
import { withTenantDatabase } from './tenant-database.js';

/** The newest migration in the ledger of the tenant's database; nothing if there is no ledger. */
export function readSchemaVersion({ catalog }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<string | undefined> => {
    const owner = await knownSecret(catalog, tenant, 'owner');
    return withTenantDatabase(owner, cancellationSignal(), newestMigration);
  };
}
