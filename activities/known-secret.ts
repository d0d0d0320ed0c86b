import type { Catalog } from '../catalog/catalog.js';
import type { SecretKind } from '../catalog/schema.js';
import type { TenantKey } from '../catalog/tenant.js';
import { failure } from '../tenancy/failures.js';

/** The tenant's connection string, opened only for this attempt. */
export async function knownSecret(catalog: Catalog, key: TenantKey, kind: SecretKind): Promise<string> {
  const secret = await catalog.secrets.open(key, kind);
  if (secret === undefined) {
    throw failure('TenantStateConflict', `the catalog has no ${kind} credential of the tenant`);
  }
  return secret;
}
