import { type Kysely, sql } from 'kysely';
import type { SecretStore } from '../tenancy/secret-store.js';
import { lockHeldTenant } from './held-tenant.js';
import type { CatalogSchema } from './schema.js';
import type { Writer } from './tenant.js';

/**
 * Replaces the tenant's current credential with the `next` one, and puts its role on the tenant's row. Idempotent.
 * Returns false, and changes nothing, when that role has no credential.
 * Must be called in a transaction that has locked the row.
 */
export async function publishLogin(
  tx: Kysely<CatalogSchema>,
  secrets: SecretStore,
  writer: Writer,
  role: string,
): Promise<boolean> {
  await lockHeldTenant(tx, writer);
  const next = await secrets.open(writer, 'next');
  if (roleIn(next ?? (await secrets.open(writer, 'app'))) !== role) return false;
  // The secret is opened and sealed again, because a seal is only valid for one kind of secret.
  if (next !== undefined) await secrets.put(writer, 'app', next);
  // This also runs after an earlier attempt, which may have ended after the secrets.
  await secrets.remove(writer, 'next');
  await tx
    .updateTable('tenants')
    .set({ app_role: role, updated_at: sql`now()` })
    .where('fleet', '=', writer.fleet)
    .where('id', '=', writer.id)
    .execute();
  return true;
}

function roleIn(connectionString: string | undefined): string | undefined {
  return connectionString === undefined ? undefined : decodeURIComponent(new URL(connectionString).username);
}
