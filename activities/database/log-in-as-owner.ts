import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { detailsOf, failure, isFailure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { ownerIn } from '../known-owner.js';
import type { ProjectInput } from '../tenant-input.js';
import { withTenantDatabase } from './tenant-database.js';

/** `refused`: the password is another one, or none is known. `over quota`: Neon lets nobody in. */
export type OwnersWelcome = 'in' | 'refused' | 'over quota';

/** SQLSTATE: the password is not the role's. */
const wrongPassword = '28P01';

/** A Postgres that has only just started, and a quota that was only just set, are not believed at once. */
const attemptsToBelieve = 4;

/** Logs in as the owner, and says how that went. Where nobody answers, it fails, and is tried again. */
export function logInAsOwner({ catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectInput): Promise<OwnersWelcome> => {
    try {
      const owner = await ownerIn(catalog, tenant, projectId);
      await withTenantDatabase(owner, cancellationSignal(), (client) => client.query('select 1'));
      return 'in';
    } catch (error) {
      if (isFailure(error, 'TenantStateConflict')) return 'refused';
      const welcome = welcomeIn(error);
      if (welcome === undefined) throw error;
      if (activityInfo().attempt >= attemptsToBelieve) return welcome;
      throw failure('DatabaseUnreachable', error instanceof Error ? error.message : welcome);
    }
  };
}

function welcomeIn(error: unknown): OwnersWelcome | undefined {
  if (isFailure(error, 'DatabaseOverQuota')) return 'over quota';
  const refused = isFailure(error, 'DatabaseUnreachable') && detailsOf(error).sqlState === wrongPassword;
  return refused ? 'refused' : undefined;
}
