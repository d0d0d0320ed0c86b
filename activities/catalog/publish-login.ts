import { failure } from '../../tenancy/failures.js';
import type { LoginStep } from '../database/rotate-login.js';
import type { Dependencies } from '../dependencies.js';
import { writerOf } from '../tenant-input.js';

/** From here on, callers that ask for the tenant's connection string get the new login's. */
export function publishLogin({ catalog }: Dependencies) {
  return async (step: LoginStep): Promise<void> => {
    if (await catalog.publishLogin(writerOf(step), step.role)) return;
    throw failure('TenantStateConflict', `the catalog has no credential of "${step.role}" to publish`);
  };
}
