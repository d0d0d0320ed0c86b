import { type Kysely, sql } from 'kysely';
import type { SecretKind, SecretStore } from '../tenancy/secret-store.js';
import type { CatalogSchema } from './schema.js';
import type { Seal } from './seal.js';
import { contextOf, openRow, sealedRows } from './sealed-rows.js';
import type { TenantKey } from './tenant.js';

/** The secrets that a transaction works with. */
export type SecretsIn = (tx: Kysely<CatalogSchema>) => SecretStore;

/**
 * The tenants' secrets, sealed in the catalog: part of the transaction that `db` is, or in one of their own. `open` and
 * `keep` throw `SealError` when the configured keys do not open the secret, or when it is not the newest of its kind.
 */
export function createSecrets(db: Kysely<CatalogSchema>, seal: Seal): SecretStore {
  return {
    put: (key, kind, secret) => inTransaction(db, (tx) => put(tx, seal, key, kind, secret)),
    keep: (key, kind, secret) =>
      inTransaction(db, async (tx) => {
        // Of two concurrent calls, the second waits here for the first to end.
        await claim(tx, key, kind);
        const kept = await open(tx, seal, key, kind);
        if (kept !== undefined) return kept;
        await put(tx, seal, key, kind, secret);
        return secret;
      }),
    open: (key, kind) => open(db, seal, key, kind),
    remove: (key, kind) =>
      inTransaction(db, async (tx) => {
        for (const table of ['secret_generations', 'secrets'] as const)
          await tx
            .deleteFrom(table)
            .where('fleet', '=', key.fleet)
            .where('tenant_id', '=', key.id)
            .where('kind', '=', kind)
            .execute();
      }),
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
    forget: (key) =>
      inTransaction(db, async (tx) => {
        for (const table of ['secret_generations', 'secrets'] as const)
          await tx.deleteFrom(table).where('fleet', '=', key.fleet).where('tenant_id', '=', key.id).execute();
      }),
  };
}

/** A secret and its generation change together, and always in this order: generation first. */
function inTransaction<T>(
  db: Kysely<CatalogSchema>,
  work: (tx: Kysely<CatalogSchema>) => Promise<T>,
): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work);
}

const identity = ['fleet', 'tenant_id', 'kind'] as const;

async function put(
  tx: Kysely<CatalogSchema>,
  seal: Seal,
  key: TenantKey,
  kind: SecretKind,
  secret: string,
): Promise<void> {
  // The next number is drawn under the row's lock, so that the later of two concurrent writes has the larger one.
  const { generation } = await tx
    .insertInto('secret_generations')
    .values({ fleet: key.fleet, tenant_id: key.id, kind })
    .onConflict((conflict) =>
      conflict.columns(identity).doUpdateSet({ generation: sql`default`, digest: null }),
    )
    .returning('generation')
    .executeTakeFirstOrThrow();
  const { keyId: key_id, nonce, ciphertext } = seal.seal(secret, contextOf(key, kind, generation));
  const sealed = { key_id, nonce, ciphertext, generation };
  await tx
    .insertInto('secrets')
    .values({ fleet: key.fleet, tenant_id: key.id, kind, ...sealed })
    .onConflict((conflict) => conflict.columns(identity).doUpdateSet({ ...sealed, sealed_at: new Date() }))
    .execute();
}

/** Locks the generation's row in this transaction, and inserts it if it is missing. */
async function claim(tx: Kysely<CatalogSchema>, key: TenantKey, kind: SecretKind): Promise<void> {
  await tx
    .insertInto('secret_generations')
    .values({ fleet: key.fleet, tenant_id: key.id, kind })
    .onConflict((conflict) =>
      conflict
        .columns(identity)
        .doUpdateSet((row) => ({ generation: row.ref('secret_generations.generation') })),
    )
    .execute();
}

async function open(
  db: Kysely<CatalogSchema>,
  seal: Seal,
  key: TenantKey,
  kind: SecretKind,
): Promise<string | undefined> {
  const row = await sealedRows(db, key.fleet)
    .where('secrets.tenant_id', '=', key.id)
    .where('secrets.kind', '=', kind)
    .executeTakeFirst();
  return row && openRow(seal, row);
}
