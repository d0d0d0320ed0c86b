import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { SecretKind } from '../tenancy/secret-store.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { resealEventSecrets } from './event-secrets.js';
import type { CatalogSchema } from './schema.js';
import { type Seal, SealError } from './seal.js';
import { contextOf, openRow, type SealedRow, sealedRows } from './sealed-rows.js';

export interface ResealProgress {
  /** The number of secrets resealed so far. */
  readonly resealed: number;
  /** The number of secrets under older keys at the start. */
  readonly total: number;
}

export interface ResealOptions {
  /** Called after each batch. */
  readonly onProgress?: (progress: ResealProgress) => void;
  /** Stops it between two batches; batches that are done stay done. */
  readonly signal?: AbortSignal;
}

/** A secret that the configured seal keys do not open, and why. */
export interface UnopenedSecret {
  readonly tenantId: TenantId;
  readonly kind: SecretKind;
  readonly reason: string;
}

/** The number of secrets that are sealed with a key. */
export interface KeyUse {
  readonly keyId: string;
  /** The secrets of the fleet. */
  readonly secrets: number;
  /** The secrets of other fleets in the same catalog. */
  readonly ofOtherFleets: number;
}

export interface Resealed {
  /** The first seal key. */
  readonly keyId: string;
  /** All configured seal keys. */
  readonly keyIds: readonly string[];
  /** The number of secrets that this call sealed with the first key. */
  readonly resealed: number;
  /** The first 20 secrets that do not open. They stay unchanged. */
  readonly unopened: readonly UnopenedSecret[];
  /** The keys in use afterwards, in the whole catalog. */
  readonly keysInUse: readonly KeyUse[];
}

const batchSize = 200;
const mostUnopenedTold = 20;

/** The pause between two passes while others have locked secrets, and the most passes without progress. */
const passPauseMs = 200;
const mostIdlePasses = 25;

/**
 * Reseals every secret of a fleet that is not under the first key, each with a new generation. It can be interrupted
 * at any point and started again, and can run beside rotations, moves and other reseals: each batch is one
 * transaction that locks both rows of a secret and skips those that are locked, so it never waits and cannot
 * deadlock.
 */
export async function reseal(
  db: Kysely<CatalogSchema>,
  seal: Seal,
  fleet: string,
  { onProgress, signal }: ResealOptions = {},
): Promise<Resealed> {
  const [keyId = ''] = seal.keyIds;
  const total = await countOlder(db, fleet, keyId);
  let resealed = await resealEventSecrets(db, seal, fleet);
  for (let idle = 0; ; ) {
    const before = resealed;
    const unopened: UnopenedSecret[] = [];
    let busy = 0;
    for (let after = beginning; ; ) {
      signal?.throwIfAborted();
      const batch = await olderAfter(db, fleet, keyId, after);
      const last = batch.at(-1);
      if (last === undefined) break;
      after = last;
      const done = await db.transaction().execute((tx) => resealBatch(tx, seal, fleet, batch));
      resealed += done.resealed;
      busy += done.busy;
      unopened.push(...done.unopened.slice(0, mostUnopenedTold - unopened.length));
      onProgress?.({ resealed, total: Math.max(total, resealed) });
    }
    idle = resealed > before ? 0 : idle + 1;
    if (busy === 0 || idle > mostIdlePasses)
      return { keyId, keyIds: seal.keyIds, resealed, unopened, keysInUse: await keysInUse(db, fleet) };
    await sleep(passPauseMs, undefined, signal === undefined ? {} : { signal });
  }
}

type SecretPlace = Pick<SealedRow, 'tenant_id' | 'kind'>;

const beginning = { tenant_id: '', kind: '' };

function older(db: Kysely<CatalogSchema>, fleet: string, keyId: string) {
  return db.selectFrom('secrets').where('fleet', '=', fleet).where('key_id', '<>', keyId);
}

async function countOlder(db: Kysely<CatalogSchema>, fleet: string, keyId: string): Promise<number> {
  const found = await older(db, fleet, keyId)
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(found.count);
}

function olderAfter(
  db: Kysely<CatalogSchema>,
  fleet: string,
  keyId: string,
  after: { readonly tenant_id: string; readonly kind: string },
): Promise<SecretPlace[]> {
  return older(db, fleet, keyId)
    .select(['tenant_id', 'kind'])
    .where(sql<boolean>`(tenant_id, kind) > (${after.tenant_id}, ${after.kind})`)
    .orderBy('tenant_id')
    .orderBy('kind')
    .limit(batchSize)
    .execute();
}

interface BatchDone {
  readonly resealed: number;
  /** Secrets that another transaction has locked and may be replacing. */
  readonly busy: number;
  readonly unopened: readonly UnopenedSecret[];
}

async function resealBatch(
  tx: Kysely<CatalogSchema>,
  seal: Seal,
  fleet: string,
  batch: readonly SecretPlace[],
): Promise<BatchDone> {
  const held = new Set((await hold(tx, fleet, batch)).map(nameOf));
  const rows = await sealedRows(tx, fleet)
    .where(sql<boolean>`(secrets.tenant_id, secrets.kind) in (select * from ${places(batch)})`)
    .execute();
  const opened: { readonly row: SealedRow; readonly secret: string }[] = [];
  const unopened: UnopenedSecret[] = [];
  let busy = 0;
  for (const row of rows) {
    // Another reseal was faster, or the secret was replaced meanwhile.
    if (row.key_id === seal.keyIds[0]) continue;
    // A row without a generation was put back by hand: it can be neither locked here nor opened.
    if (!held.has(nameOf(row)) && row.newest !== null) {
      busy += 1;
      continue;
    }
    try {
      opened.push({ row, secret: openRow(seal, row) });
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      unopened.push({ tenantId: row.tenant_id, kind: row.kind, reason: error.message });
    }
  }
  await putAnew(tx, seal, fleet, opened);
  return { resealed: opened.length, busy, unopened };
}

const nameOf = ({ tenant_id, kind }: SecretPlace) => JSON.stringify([tenant_id, kind]);

/** A batch as a table of two columns. */
function places(batch: readonly SecretPlace[]) {
  const ids = batch.map(({ tenant_id }) => tenant_id);
  const kinds = batch.map(({ kind }) => kind);
  return sql`unnest(${ids}::text[], ${kinds}::text[])`;
}

/** Locks both rows of each secret, and skips those that another transaction has locked. */
async function hold(
  tx: Kysely<CatalogSchema>,
  fleet: string,
  batch: readonly SecretPlace[],
): Promise<readonly SecretPlace[]> {
  const { rows } = await sql<SecretPlace>`
    select s.tenant_id, s.kind
    from tenantry.secret_generations g
    join tenantry.secrets s on s.fleet = g.fleet and s.tenant_id = g.tenant_id and s.kind = g.kind
    where g.fleet = ${fleet} and (g.tenant_id, g.kind) in (select * from ${places(batch)})
    for update of g, s skip locked`.execute(tx);
  return rows;
}

/** Does what `put` does, generation first, for many secrets at once. */
async function putAnew(
  tx: Kysely<CatalogSchema>,
  seal: Seal,
  fleet: string,
  opened: readonly { readonly row: SealedRow; readonly secret: string }[],
): Promise<void> {
  if (opened.length === 0) return;
  const { rows: numbers } = await sql<SecretPlace & { readonly generation: string }>`
    update tenantry.secret_generations g set generation = default, digest = null
    from ${places(opened.map(({ row }) => row))} as w (tenant_id, kind)
    where g.fleet = ${fleet} and g.tenant_id = w.tenant_id and g.kind = w.kind
    returning g.tenant_id, g.kind, g.generation`.execute(tx);
  const secrets = new Map(opened.map(({ row, secret }) => [nameOf(row), secret]));
  const sealed = numbers.map((place) => {
    const key = { fleet, id: place.tenant_id };
    const secret = secrets.get(nameOf(place)) ?? '';
    return { ...place, ...seal.seal(secret, contextOf(key, place.kind, place.generation)) };
  });
  await sql`
    update tenantry.secrets s
    set key_id = w.key_id, nonce = w.nonce, ciphertext = w.ciphertext, generation = w.generation, sealed_at = now()
    from unnest(
      ${sealed.map(({ tenant_id }) => tenant_id)}::text[], ${sealed.map(({ kind }) => kind)}::text[],
      ${sealed.map(({ keyId }) => keyId)}::text[], ${sealed.map(({ nonce }) => nonce)}::bytea[],
      ${sealed.map(({ ciphertext }) => ciphertext)}::bytea[], ${sealed.map(({ generation }) => generation)}::bigint[]
    ) as w (tenant_id, kind, key_id, nonce, ciphertext, generation)
    where s.fleet = ${fleet} and s.tenant_id = w.tenant_id and s.kind = w.kind`.execute(tx);
}

/** The keys in use in the whole catalog. */
async function keysInUse(db: Kysely<CatalogSchema>, fleet: string): Promise<KeyUse[]> {
  const rows = await db
    .selectFrom((from) =>
      from
        .selectFrom('secrets')
        .select(['key_id', 'fleet'])
        .unionAll(from.selectFrom('event_secrets').select(['key_id', 'fleet']))
        .as('sealed'),
    )
    .select(({ fn }) => [
      'key_id',
      fn.countAll<string>().filterWhere('fleet', '=', fleet).as('own'),
      fn.countAll<string>().filterWhere('fleet', '<>', fleet).as('others'),
    ])
    .groupBy('key_id')
    .orderBy('key_id')
    .execute();
  return rows.map(({ key_id: keyId, own, others }) => ({
    keyId,
    secrets: Number(own),
    ofOtherFleets: Number(others),
  }));
}
