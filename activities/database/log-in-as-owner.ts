import { activityInfo, cancellationSignal } from '@temporalio/activity';
import { detailsOf, failure, isFailure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { ownerIn } from '../known-owner.js';
import type { ProjectInput } from '../tenant-input.js';
import { withTenantDatabase } from './tenant-database.js';

/** `refused`: the password is wrong, or none is known. `over quota`: Neon lets nobody in. */
export type OwnersWelcome = 'in' | 'refused' | 'over quota';

/** SQLSTATE: the password is wrong. */
const wrongPassword = '28P01';

/** Postgres right after its start, and a quota right after its change, can answer wrongly at first. */
const attemptsToBelieve = 4;

/** Logs in as the owner, and returns the outcome. If nothing answers, the attempt fails and is retried. */
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
