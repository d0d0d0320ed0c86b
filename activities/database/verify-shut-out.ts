import { type ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { SecretKind } from '../../catalog/schema.js';
import { detailsOf, failure, isFailure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { knownSecret } from '../known-secret.js';
import type { TenantInput } from '../tenant-input.js';
import { withTenantDatabase } from './tenant-database.js';

/**
 * Suspended means suspended: tries to log in as the owner, whom only the quota keeps out, as it does
 * everybody, and as the tenant's own role. Returns the error that this role gets. Neon may take a moment to
 * notice that a quota is exhausted.
 */
export function verifyShutOut({ catalog }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<string> => {
    const refusalOf = async (kind: SecretKind, refusals: readonly string[]) => {
      const connectionString = await knownSecret(catalog, tenant, kind);
      try {
        await withTenantDatabase(connectionString, cancellationSignal(), async () => {});
      } catch (error) {
        if (isRefusal(error, refusals)) return error.message;
        // No answer proves nothing: the database may be back in a moment.
        throw error;
      }
      throw failure('DatabaseStillOpen', `the tenant's ${kind} role still gets in`);
    };
    await refusalOf('owner', []);
    return refusalOf('app', [noLogin, noConnect, wrongPassword]);
  };
}

/** SQLSTATEs: the role may not log in, may not connect to the database, or has another password. */
const noLogin = '28000';
const noConnect = '42501';
const wrongPassword = '28P01';

function isRefusal(error: unknown, sqlStates: readonly string[]): error is ApplicationFailure {
  if (isFailure(error, 'DatabaseOverQuota')) return true;
  return isFailure(error, 'DatabaseUnreachable') && sqlStates.includes(detailsOf(error).sqlState ?? '');
}
