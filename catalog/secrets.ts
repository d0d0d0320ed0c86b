import type { Kysely } from 'kysely';
import type { CatalogSchema, SecretKind } from './schema.js';
import type { Seal } from './seal.js';
import type { TenantKey } from './tenant.js';

/** The tenants' secrets, sealed. A secret here is a whole connection string. */
export interface Secrets {
  put(key: TenantKey, kind: SecretKind, secret: string): Promise<void>;
  /** Keeps a secret unless there is one already, and gives the one that is kept: of two attempts, both use the same. */
  keep(key: TenantKey, kind: SecretKind, secret: string): Promise<string>;
  /** The secret, opened; `undefined` when there is none. Throws `SealError` when the keys at hand do not open it. */
  open(key: TenantKey, kind: SecretKind): Promise<string | undefined>;
  /** Forgets all secrets of a tenant. */
  forget(key: TenantKey): Promise<void>;
}

export function createSecrets(db: Kysely<CatalogSchema>, seal: Seal): Secrets {
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
    async forget(key) {
      await db.deleteFrom('secrets').where('fleet', '=', key.fleet).where('tenant_id', '=', key.id).execute();
    },
  };
}

/** Ties a sealed secret to its tenant and its kind, unambiguously whatever characters an id holds. */
function contextOf({ fleet, id }: TenantKey, kind: SecretKind): string {
  return JSON.stringify([fleet, id, kind]);
}
