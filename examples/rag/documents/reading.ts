import type { PoolClient } from 'pg';
import type { TenantPool } from 'tenantry/client';
import { aloneWithPassages } from './alone-with-passages.js';
import { LimitReachedError, type Limits } from './limits.js';
import { lockDocument } from './lock-document.js';
import { deletePassages, insertPassages, type NewPassage } from './passages.js';
import { storable, untitled } from './text.js';
import { removeUnneededVectors } from './vectors.js';
import type { VersionContent, VersionKey } from './version.js';

/** A version that is to be read. The others were overtaken, deleted, or have failed. */
const toBeRead = `
  document_id = $1 and version = $2 and state in ('queued', 'extracting', 'embedding')
  and exists (select from documents where id = document_id and newest_version = version and deleted_at is null)`;

/** So many readings may begin and not end; then it is probably the document that ends them. */
const mostReadings = 5;

/** `read`: its passages are kept already. `over`: it was overtaken, deleted, or has failed. */
export type Reading = ({ readonly stage: 'begun' } & VersionContent) | { readonly stage: 'read' | 'over' };

/** Notes that the version is being read, and returns its content. */
export async function beginReading(pool: TenantPool, version: VersionKey): Promise<Reading> {
  const key = [version.documentId, version.version];
  const { rows } = await pool.query<VersionContent & { readings: number }>(
    `update versions set state = 'extracting', readings = readings + 1 where ${toBeRead} and state <> 'embedding'
     returning kind, content, readings`,
    key,
  );
  const [row] = rows;
  if (row === undefined) {
    const read = await pool.query(`select from versions where ${toBeRead}`, key);
    return { stage: read.rows.length > 0 ? 'read' : 'over' };
  }
  const { kind, content, readings } = row;
  if (readings <= mostReadings) return { stage: 'begun', kind, content };
  await failVersion(pool, version, 'It could not be read: each time, reading it came to no end.');
  return { stage: 'over' };
}

/** Takes a reading back that ended, and not because of the document. */
export async function takeBackReading(pool: TenantPool, { documentId, version }: VersionKey): Promise<void> {
  await pool.query(
    `update versions set readings = readings - 1 where ${toBeRead} and state <> 'embedding' and readings > 0`,
    [documentId, version],
  );
}

/** What was read of a version. */
export interface ReadText {
  readonly title?: string | undefined;
  readonly text: string;
  readonly passages: readonly NewPassage[];
}

/**
 * Keeps a version's passages, which search does not read yet. Read once more, they replace those of the reading before.
 * Returns whether it was still to be read.
 * @throws LimitReachedError
 */
export function savePassages(
  pool: TenantPool,
  version: VersionKey,
  { title, text, passages }: ReadText,
  limits: Pick<Limits, 'passages'>,
): Promise<boolean> {
  const { documentId } = version;
  return aloneWithPassages(pool, async (client) => {
    await lockDocument(client, documentId);
    const { rowCount } = await client.query(
      `update versions set state = 'embedding', text = $3, readings = 0 where ${toBeRead}`,
      [documentId, version.version, storable(text)],
    );
    if (rowCount === 0) return false;
    const { rows } = await client.query<{ others: number }>(
      'select count(*)::integer as others from passages where document_id <> $1',
      [documentId],
    );
    const others = rows[0]?.others ?? 0;
    if (others + passages.length > limits.passages) throw new LimitReachedError('passages', limits.passages);
    const former = await deletePassages(client, documentId, [version.version]);
    await insertPassages(client, version, passages);
    await removeUnneededVectors(client, former);
    await removeOvertaken(client, version);
    if (title !== undefined) {
      await client.query('update documents set title = $2 where id = $1 and title = coalesce(origin, $3)', [
        documentId,
        storable(title),
        untitled,
      ]);
    }
    return true;
  });
}

/** Ends a version that will never be searchable. What search has of the document stays, and of other versions before it nothing. */
export function failVersion(pool: TenantPool, version: VersionKey, reason: string): Promise<void> {
  return aloneWithPassages(pool, async (client) => {
    await lockDocument(client, version.documentId);
    const { rowCount } = await client.query(
      `update versions set state = 'failed', reason = $3, ended_at = now() where ${toBeRead}`,
      [version.documentId, version.version, storable(reason)],
    );
    if (rowCount === 0) return;
    await removeUnneededVectors(client, await deletePassages(client, version.documentId, [version.version]));
    await removeOvertaken(client, version);
  });
}

/** Removes what is left of versions before this one that search does not read. */
async function removeOvertaken(client: PoolClient, { documentId, version }: VersionKey): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    `select v.version from versions v join documents on id = document_id
     where id = $1 and v.version < $2 and v.version is distinct from live_version`,
    [documentId, version],
  );
  const overtaken = rows.map((each) => each.version);
  if (overtaken.length === 0) return;
  await removeUnneededVectors(client, await deletePassages(client, documentId, overtaken));
  await client.query('delete from versions where document_id = $1 and version = any ($2)', [
    documentId,
    overtaken,
  ]);
}
