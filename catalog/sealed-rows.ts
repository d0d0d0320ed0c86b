import { createHash } from 'node:crypto';
import type { Kysely, Selectable } from 'kysely';
import type { SecretKind } from '../tenancy/secret-store.js';
import type { CatalogSchema, SecretGenerationsTable, SecretsTable } from './schema.js';
import { type Seal, SealError } from './seal.js';
import type { TenantKey } from './tenant.js';

/** A sealed secret's row, with the newest generation of its kind from the other table. */
export type SealedRow = Selectable<SecretsTable> & {
  readonly newest: Selectable<SecretGenerationsTable>['generation'] | null;
  readonly digest: Buffer | null;
};

export function sealedRows(db: Kysely<CatalogSchema>, fleet: string) {
  return db
    .selectFrom('secrets')
    .leftJoin('secret_generations', (join) =>
      join
        .onRef('secret_generations.fleet', '=', 'secrets.fleet')
        .onRef('secret_generations.tenant_id', '=', 'secrets.tenant_id')
        .onRef('secret_generations.kind', '=', 'secrets.kind'),
    )
    .selectAll('secrets')
    .select(['secret_generations.generation as newest', 'secret_generations.digest'])
    .where('secrets.fleet', '=', fleet);
}

/** Throws `SealError`. */
export function openRow(seal: Seal, row: SealedRow): string {
  const { fleet, tenant_id: id, kind } = row;
  if (!isNewest(row)) {
    throw new SealError(
      `the secret "${kind}" of the tenant "${id}" is not the one that was sealed last: somebody put another into ` +
        "its place in the catalog. Find out who did, then rotate the tenant's credentials, the owner's too",
      true,
    );
  }
  const { key_id: keyId, nonce, ciphertext, generation } = row;
  try {
    return seal.open({ keyId, nonce, ciphertext }, contextOf({ fleet, id }, kind, generation));
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new SealError(`${error.message}. ${whatToDo({ fleet, id }, kind)}`);
  }
}

function whatToDo({ id }: TenantKey, kind: SecretKind): string {
  const cure = kind === 'app' ? `, or give the tenant another login: tenantry rotate ${id} --now` : '';
  return `It is the secret "${kind}" of the tenant "${id}". Put the right key into TENANTRY_SEAL_KEY${cure}`;
}

function isNewest({ generation, newest, digest, nonce, ciphertext }: SealedRow): boolean {
  if (generation !== newest) return false;
  if (generation !== beforeGenerations) return true;
  return digest?.equals(createHash('sha256').update(nonce).update(ciphertext).digest()) ?? false;
}

const beforeGenerations = '0';

/** Ties a sealed secret to its tenant, kind and generation, unambiguously for all characters in an id. */
export function contextOf({ fleet, id }: TenantKey, kind: SecretKind, generation: string): string {
  const whose = [fleet, id, kind];
  return JSON.stringify(generation === beforeGenerations ? whose : [...whose, generation]);
}
