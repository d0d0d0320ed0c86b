import { type ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { SecretKind } from '../catalog/schema.js';
import { detailsOf, failure, isFailure } from '../tenancy/failures.js';
import type { Dependencies } from './dependencies.js';
import { knownSecret } from './known-secret.js';
import { withTenantDatabase } from './tenant-database.js';
import type { TenantStep } from './tenant-step.js';

/**
 * Suspended means suspended: tries to get in as the tenant's own role, and as the owner, whom only the quota keeps out.
 * Answers what the tenant's own role is told. Neon may take a moment to notice that a quota is used up.
 */
export function verifyShutOut({ catalog }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<string> => {
    const refusalOf = async (kind: SecretKind) => {
      try {
        await withTenantDatabase(
          await knownSecret(catalog, tenant, kind),
          cancellationSignal(),
          async () => {},
        );
      } catch (error) {
        if (isRefusal(error)) return error.message;
        // No answer proves nothing: it may be back in a moment.
        throw error;
      }
      throw failure('DatabaseStillOpen', `the tenant's ${kind} role still gets in`);
    };
    await refusalOf('owner');
    return refusalOf('app');
  };
}

/** SQLSTATE of a role that is not permitted to log in. */
const noLogin = '28000';

function isRefusal(error: unknown): error is ApplicationFailure {
  if (isFailure(error, 'DatabaseOverQuota')) return true;
  return isFailure(error, 'DatabaseUnreachable') && detailsOf(error).sqlState === noLogin;
}
