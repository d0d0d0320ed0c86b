import type { Dependencies } from '../dependencies.js';
import { type TenantInput, writerOf } from '../tenant-input.js';

/** Forgets the tenant's secrets and the resources in its projects, once the projects are certainly gone. */
export function forgetProject({ catalog }: Dependencies) {
  return async (input: TenantInput): Promise<void> => {
    await catalog.secrets.forget(input.tenant);
    await catalog.resources.forget(input.tenant);
    await catalog.tenants.forgetSchema(writerOf(input));
  };
}
