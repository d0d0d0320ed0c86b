import type { Dependencies } from '../dependencies.js';
import type { TenantInput } from '../tenant-input.js';

/** Forgets the tenant's credentials: from here on nobody may get in. */
export function forgetSecrets({ catalog }: Dependencies) {
  return ({ tenant }: TenantInput): Promise<void> => catalog.secrets.forget(tenant);
}
