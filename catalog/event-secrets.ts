import { randomBytes, randomUUID } from 'node:crypto';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { CatalogSchema, EventSecretsTable } from './schema.js';
import { type Seal, SealError } from './seal.js';

export interface EndpointKey {
  readonly fleet: string;
  /** The endpoint's id. */
  readonly id: string;
}

type Row = Selectable<EventSecretsTable>;

/** Gives an endpoint a secret: 32 bytes, in the format of Standard Webhooks. */
export async function putEventSecret(
  tx: Kysely<CatalogSchema>,
  seal: Seal,
  { fleet, id: endpoint_id }: EndpointKey,
): Promise<string> {
  const id = randomUUID();
  const secret = `whsec_${randomBytes(32).toString('base64')}`;
  const place = { fleet, endpoint_id, id };
  const { keyId: key_id, nonce, ciphertext } = seal.seal(secret, contextOf(place));
  await tx
    .insertInto('event_secrets')
    .values({ ...place, key_id, nonce, ciphertext })
    .execute();
  return secret;
}

/**
 * The same for an endpoint with older secrets, which stay valid for this time. The caller has locked the endpoint's
 * row.
 */
export async function replaceEventSecret(
  tx: Kysely<CatalogSchema>,
  seal: Seal,
  endpoint: EndpointKey,
  overlapMs: number,
): Promise<string> {
  await tx
    .updateTable('event_secrets')
    .set({
      expires_at: sql<Date>`least(expires_at, now() + ${overlapMs}::float8 * interval '1 millisecond')`,
    })
    .where('fleet', '=', endpoint.fleet)
    .where('endpoint_id', '=', endpoint.id)
    .execute();
  await tx
    .deleteFrom('event_secrets')
    .where('fleet', '=', endpoint.fleet)
    .where('endpoint_id', '=', endpoint.id)
    .where('expires_at', '<=', sql<Date>`now()`)
    .execute();
  return putEventSecret(tx, seal, endpoint);
}

/** The valid secrets, the newest first. Throws `SealError`. */
export async function openEventSecrets(
  db: Kysely<CatalogSchema>,
  seal: Seal,
  { fleet, id }: EndpointKey,
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('event_secrets')
    .selectAll()
    .where('fleet', '=', fleet)
    .where('endpoint_id', '=', id)
    .where((row) => row.or([row('expires_at', 'is', null), row('expires_at', '>', sql<Date>`now()`)]))
    .orderBy(sql`expires_at desc nulls first`)
    .execute();
  return rows.map((row) => opened(seal, row));
}

/**
 * Reseals a fleet's event secrets that are not under the first key; one that does not open stays unchanged. Returns
 * their number.
 */
export function resealEventSecrets(db: Kysely<CatalogSchema>, seal: Seal, fleet: string): Promise<number> {
  const [first = ''] = seal.keyIds;
  return db.transaction().execute(async (tx) => {
    const rows = await tx
      .selectFrom('event_secrets')
      .selectAll()
      .where('fleet', '=', fleet)
      .where('key_id', '<>', first)
      .forUpdate()
      .execute();
    let resealed = 0;
    for (const row of rows) {
      const secret = openedIfPossible(seal, row);
      if (secret === undefined) continue;
      const { keyId: key_id, nonce, ciphertext } = seal.seal(secret, contextOf(row));
      await tx
        .updateTable('event_secrets')
        .set({ key_id, nonce, ciphertext })
        .where('fleet', '=', fleet)
        .where('endpoint_id', '=', row.endpoint_id)
        .where('id', '=', row.id)
        .execute();
      resealed += 1;
    }
    return resealed;
  });
}

function openedIfPossible(seal: Seal, row: Row): string | undefined {
  try {
    return opened(seal, row);
  } catch (error) {
    if (error instanceof SealError) return undefined;
    throw error;
  }
}

function opened(seal: Seal, row: Row): string {
  const { key_id: keyId, nonce, ciphertext } = row;
  return seal.open({ keyId, nonce, ciphertext }, contextOf(row));
}

/** Ties a sealed secret to its endpoint. Each is sealed under its own id, so an old row cannot replace a newer one. */
function contextOf({ fleet, endpoint_id, id }: Pick<Row, 'fleet' | 'endpoint_id' | 'id'>): string {
  return ['event endpoint', fleet, endpoint_id, id].map((part) => `${part.length}:${part}`).join(',');
}
