import type { Kysely } from 'kysely';
import type { CatalogSchema, SecretKind } from './schema.js';
import type { Seal } from './seal.js';
import type { TenantKey } from './tenant.js';

/** The tenants' secrets, sealed. A secret here is a whole connection string. */
export interface Secrets {
  put(key: TenantKey, kind: SecretKind, secret: string): Promise<void>;
  /** The secret, opened; `undefined` when there is none. Throws `SealError` when the keys at hand do not open it. */
  open(key: TenantKey, kind: SecretKind): Promise<string | undefined>;
  /** Forgets all secrets of a tenant. */
  forget(key: TenantKey): Promise<void>;
}

export function createSecrets(db: Kysely<CatalogSchema>, seal: Seal): Secrets {
  return {
    async put(key, kind, secret) {
      const sealed = seal.seal(secret, contextOf(key, kind));
      const row = { key_id: sealed.keyId, nonce: sealed.nonce, ciphertext: sealed.ciphertext };
      await db
        .insertInto('secrets')
        .values({ fleet: key.fleet, tenant_id: key.id, kind, ...row })
        .onConflict((conflict) =>
          conflict.columns(['fleet', 'tenant_id', 'kind']).doUpdateSet({ ...row, sealed_at: new Date() }),
        )
        .execute();
    },
    async open(key, kind) {
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
