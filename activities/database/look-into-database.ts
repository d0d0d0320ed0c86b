import { ApplicationFailure } from '@temporalio/activity';
import { isFailure } from '../../tenancy/failures.js';
import type { DatabaseSeen, Look } from '../../tenancy/inventory.js';
import type { Dependencies } from '../dependencies.js';
import { reconcileOf } from '../neon/look-for-inventory.js';
import type { ProjectInput } from '../tenant-input.js';
import { readSchemaVersion } from './read-schema-version.js';
import { checkLogins } from './settle-logins.js';
import { verifyLogins } from './verify-logins.js';

/**
 * Checks, without changing anything, whether the tenant's logins are as they should be and which migration
 * its database has. Records the result together with the compute's. It would wake the compute, so call it
 * only for one that is awake.
 */
export function lookIntoDatabase(dependencies: Dependencies) {
  const [logins, strangers, schema] = [
    checkLogins(dependencies),
    verifyLogins(dependencies),
    readSchemaVersion(dependencies),
  ];
  return async ({ look, ...input }: ProjectInput & { readonly look: Look }): Promise<Look> => {
    const database = await seen(async () => {
      const found = await logins(input);
      const stranger = await nameOf(() => strangers(input));
      const schemaVersion = await schema(input);
      return {
        logins: found,
        ...(stranger !== undefined && { strangers: stranger }),
        ...(schemaVersion !== undefined && { schemaVersion }),
      };
    });
    const whole: Look = { ...look, database };
    await dependencies.catalog.inventories.addLook(reconcileOf(input.tenant), input.tenant, whole);
    return whole;
  };
}

async function nameOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (isFailure(error, 'RoleUnfit')) return error.message;
    throw error;
  }
}

/** A database that does not answer counts as not inspected. */
async function seen(work: () => Promise<DatabaseSeen>): Promise<DatabaseSeen> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ApplicationFailure) return { unanswered: error.message };
    throw error;
  }
}
