import { createHash } from 'node:crypto';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { SecretKind, SecretStore } from '../tenancy/secret-store.js';
import type { CatalogSchema, SecretGenerationsTable, SecretsTable } from './schema.js';
import { type Seal, SealError } from './seal.js';
import type { TenantKey } from './tenant.js';

/** The secrets that a transaction works with. */
export type SecretsIn = (tx: Kysely<CatalogSchema>) => SecretStore;

type SealedRow = Selectable<SecretsTable> & {
  readonly newest: Selectable<SecretGenerationsTable>['generation'] | null;
  readonly digest: Buffer | null;
};

/**
 * The tenants' secrets, sealed in the catalog: part of whatever transaction `db` is, or in one of their own. `open` and
 * `keep` throw `SealError` when the keys at hand do not open what is sealed, or when it is not the newest of its kind.
 */
export function createSecrets(db: Kysely<CatalogSchema>, seal: Seal): SecretStore {
  return {
    put: (key, kind, secret) => inTransaction(db, (tx) => put(tx, seal, key, kind, secret)),
    keep: (key, kind, secret) =>
      inTransaction(db, async (tx) => {
        // Of two at the same time, the second waits here for the first to end.
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

function whatToDo({ id }: TenantKey, kind: SecretKind): string {
  const cure = kind === 'app' ? `, or give the tenant another login: tenantry rotate ${id} --now` : '';
  return `It is the secret "${kind}" of the tenant "${id}". Put the right key into TENANTRY_SEAL_KEY${cure}`;
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
  // The next number is drawn with the row in hand: of two at the same time, the later one has the larger.
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

/** Takes the generation's row into this transaction, and changes nothing if it is there. */
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
  const row = await db
    .selectFrom('secrets')
    .leftJoin('secret_generations', (join) =>
      join
        .onRef('secret_generations.fleet', '=', 'secrets.fleet')
        .onRef('secret_generations.tenant_id', '=', 'secrets.tenant_id')
        .onRef('secret_generations.kind', '=', 'secrets.kind'),
    )
    .selectAll('secrets')
    .select(['secret_generations.generation as newest', 'secret_generations.digest'])
    .where('secrets.fleet', '=', key.fleet)
    .where('secrets.tenant_id', '=', key.id)
    .where('secrets.kind', '=', kind)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (!isNewest(row)) {
    throw new SealError(
      `the secret "${kind}" of the tenant "${key.id}" is not the one that was sealed last: somebody put another into ` +
        "its place in the catalog. Find out who did, then rotate the tenant's credentials, the owner's too",
      true,
    );
  }
  const { key_id: keyId, nonce, ciphertext, generation } = row;
  try {
    return seal.open({ keyId, nonce, ciphertext }, contextOf(key, kind, generation));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new SealError(`${error.message}. ${whatToDo(key, kind)}`);
  }
}

function isNewest({ generation, newest, digest, nonce, ciphertext }: SealedRow): boolean {
  if (generation !== newest) return false;
  if (generation !== beforeGenerations) return true;
  return digest?.equals(createHash('sha256').update(nonce).update(ciphertext).digest()) ?? false;
}

const beforeGenerations = '0';

/** Ties a sealed secret to its tenant, kind and generation, unambiguously whatever characters an id holds. */
function contextOf({ fleet, id }: TenantKey, kind: SecretKind, generation: string): string {
  const whose = [fleet, id, kind];
  return JSON.stringify(generation === beforeGenerations ? whose : [...whose, generation]);
}
