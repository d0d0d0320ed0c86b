import type { Dependencies } from '../dependencies.js';
import { type TenantStep, writerOf } from '../tenant-step.js';

/** Forgets the tenant's secrets, and what was kept in its projects, once they are certainly gone. */
export function forgetProject({ catalog }: Dependencies) {
  return async (step: TenantStep): Promise<void> => {
    await catalog.secrets.forget(step.tenant);
    await catalog.resources.forget(step.tenant);
    await catalog.tenants.forgetSchema(writerOf(step));
  };
}
