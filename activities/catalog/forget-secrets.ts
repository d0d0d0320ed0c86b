import type { Dependencies } from '../dependencies.js';
import type { TenantStep } from '../tenant-step.js';

/** Forgets the tenant's credentials: from here on nobody is to get in. */
export function forgetSecrets({ catalog }: Dependencies) {
  return ({ tenant }: TenantStep): Promise<void> => catalog.secrets.forget(tenant);
}
