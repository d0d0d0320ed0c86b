import type { Kysely } from 'kysely';
import type { SecretKind, SecretStore } from '../tenancy/secret-store.js';
import type { CatalogSchema } from './schema.js';
import type { Seal } from './seal.js';
import type { TenantKey } from './tenant.js';

/** The secrets that a transaction works with. */
export type SecretsIn = (tx: Kysely<CatalogSchema>) => SecretStore;

/**
 * The tenants' secrets, sealed in the catalog: part of whatever transaction `db` is. `open` and `keep` throw `SealError`
 * when the keys at hand do not open what is sealed.
 */
export function createSecrets(db: Kysely<CatalogSchema>, seal: Seal): SecretStore {
  const insert = (key: TenantKey, kind: SecretKind, secret: string) => {
    const { keyId: key_id, nonce, ciphertext } = seal.seal(secret, contextOf(key, kind));
    return db
      .insertInto('secrets')
      .values({ fleet: key.fleet, tenant_id: key.id, kind, key_id, nonce, ciphertext });
  };
  const identity = ['fleet', 'tenant_id', 'kind'] as const;
  const open = async (key: TenantKey, kind: SecretKind): Promise<string | undefined> => {
    const row = await db
      .selectFrom('secrets')
      .selectAll()
      .where('fleet', '=', key.fleet)
      .where('tenant_id', '=', key.id)
      .where('kind', '=', kind)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const { key_id: keyId, nonce, ciphertext } = row;
    return seal.open({ keyId, nonce, ciphertext }, contextOf(key, kind));
  };
  return {
    async put(key, kind, secret) {
      await insert(key, kind, secret)
        .onConflict((conflict) =>
          conflict.columns(identity).doUpdateSet((row) => ({
            key_id: row.ref('excluded.key_id'),
            nonce: row.ref('excluded.nonce'),
            ciphertext: row.ref('excluded.ciphertext'),
            sealed_at: new Date(),
          })),
        )
        .execute();
    },
    async keep(key, kind, secret) {
      await insert(key, kind, secret)
        .onConflict((conflict) => conflict.columns(identity).doNothing())
        .execute();
      return (await open(key, kind)) ?? secret;
    },
    open,
    async remove(key, kind) {
      await db
        .deleteFrom('secrets')
        .where('fleet', '=', key.fleet)
        .where('tenant_id', '=', key.id)
        .where('kind', '=', kind)
        .execute();
    },
    async kinds({ fleet, id }) {
      const rows = await db
        .selectFrom('secrets')
        .select(['kind', 'sealed_at'])
        .where('fleet', '=', fleet)
        .where('tenant_id', '=', id)
        .orderBy('kind')
        .execute();
      return rows.map(({ kind, sealed_at }) => ({ kind, sealedAt: sealed_at }));
    },
    async forget(key) {
      await db.deleteFrom('secrets').where('fleet', '=', key.fleet).where('tenant_id', '=', key.id).execute();
    },
  };
}

/** Ties a sealed secret to its tenant and its kind, unambiguously whatever characters an id holds. */
function contextOf({ fleet, id }: TenantKey, kind: SecretKind): string {
  return JSON.stringify([fleet, id, kind]);
}
