import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { TenantPool } from 'tenantry/client';
import { inTransaction } from '../database/in-transaction.js';
import type { DocumentKind } from '../extract/extracted.js';
import { DocumentNotFoundError, DocumentTwiceError } from './document-errors.js';
import { contentHash, md5 } from './hashes.js';
import { LimitReachedError, type Limits } from './limits.js';
import { storable, untitled } from './text.js';

export interface Upload {
  readonly kind: DocumentKind;
  readonly content: Buffer;
  /** The file's name, or the URL. What is uploaded again from the same origin is a new version. */
  readonly origin?: string | undefined;
  /** @default what the document itself says, else its origin */
  readonly title?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

export interface Uploaded {
  readonly documentId: string;
  readonly version: number;
  /** `unchanged`: the workspace has this very content already. */
  readonly outcome: 'added' | 'replaced' | 'unchanged';
}

interface Row {
  readonly id: string;
  readonly newest_version: number;
}

/**
 * Stores a document; it is searchable once its passages are. The same content twice is one document, and a changed one of the
 * same origin replaces the former.
 * @throws LimitReachedError, DocumentTwiceError
 */
export function addDocument(pool: TenantPool, upload: Upload, limits: Limits): Promise<Uploaded> {
  return oneAtATime(pool, upload, limits, async (client) => {
    const same = await findBy(client, 'content_hash', contentHash(upload.content));
    const former = upload.origin && (await findBy(client, 'md5(origin)', md5(storable(upload.origin))));
    if (same !== undefined) {
      // Else what is known under this origin would be searched as it was.
      if (former && former.id !== same.id) throw new DocumentTwiceError(same.id);
      return unchanged(client, same);
    }
    if (former) return addVersion(client, former, upload);
    await requireRoom(client, limits);
    return addFirst(client, upload);
  });
}

/**
 * Gives a document another content. Search has the former one until the new one is ready.
 * @throws LimitReachedError, DocumentNotFoundError, DocumentTwiceError
 */
export function replaceDocument(
  pool: TenantPool,
  documentId: string,
  upload: Upload,
  limits: Limits,
): Promise<Uploaded> {
  return oneAtATime(pool, upload, limits, async (client) => {
    const document = await findBy(client, 'id', documentId);
    if (document === undefined) throw new DocumentNotFoundError();
    const same = await findBy(client, 'content_hash', contentHash(upload.content));
    if (same?.id === documentId) return unchanged(client, same);
    if (same !== undefined) throw new DocumentTwiceError(same.id);
    return addVersion(client, document, upload);
  });
}

/** Uploads of one workspace take turns, so that two of the same document, at the same moment, are one. */
function oneAtATime(
  pool: TenantPool,
  { content }: Upload,
  limits: Limits,
  work: (client: PoolClient) => Promise<Uploaded>,
): Promise<Uploaded> {
  requireFits(content, limits);
  return inTransaction(pool, async (client) => {
    // No other upload's turn; whoever keeps a version's passages may change its document meanwhile.
    await client.query('lock table documents in share update exclusive mode');
    return work(client);
  });
}

/** @throws LimitReachedError */
export function requireFits(content: Uint8Array, { bytes }: Pick<Limits, 'bytes'>): void {
  if (content.byteLength > bytes) throw new LimitReachedError('bytes', bytes);
}

/** Nobody deletes it, or keeps what was read of it, until the upload has ended. */
async function findBy(
  client: PoolClient,
  column: 'id' | 'content_hash' | 'md5(origin)',
  value: string | Buffer,
): Promise<Row | undefined> {
  const { rows } = await client.query<Row>(
    `select id, newest_version from documents where ${column} = $1 and deleted_at is null for no key update`,
    [value],
  );
  return rows[0];
}

/** What failed is tried again: its plan may have grown since, or its reader learnt to read. */
async function unchanged(client: PoolClient, { id, newest_version: version }: Row): Promise<Uploaded> {
  await client.query(
    `update versions set state = 'queued', reason = null, readings = 0, ended_at = null
     where document_id = $1 and version = $2 and state = 'failed'`,
    [id, version],
  );
  return { documentId: id, version, outcome: 'unchanged' };
}

async function requireRoom(client: PoolClient, { documents }: Limits): Promise<void> {
  const { rows } = await client.query('select from documents where deleted_at is null limit $1', [documents]);
  if (rows.length >= documents) throw new LimitReachedError('documents', documents);
}

async function addFirst(client: PoolClient, upload: Upload): Promise<Uploaded> {
  const id = randomUUID();
  const origin = upload.origin === undefined ? null : storable(upload.origin);
  await client.query(
    'insert into documents (id, title, origin, tags, content_hash) values ($1, $2, $3, $4, $5)',
    [
      id,
      storable(upload.title ?? origin ?? untitled),
      origin,
      upload.tags ?? [],
      contentHash(upload.content),
    ],
  );
  await insertVersion(client, id, 1, upload);
  return { documentId: id, version: 1, outcome: 'added' };
}

/** The one that is under way stops at its next look; what was uploaded for it is needed no more. */
async function addVersion(client: PoolClient, former: Row, upload: Upload): Promise<Uploaded> {
  const version = former.newest_version + 1;
  await client.query(
    `update documents set newest_version = $2, content_hash = $3, title = coalesce($4, title), tags = coalesce($5, tags)
     where id = $1`,
    [
      former.id,
      version,
      contentHash(upload.content),
      upload.title === undefined ? null : storable(upload.title),
      upload.tags ?? null,
    ],
  );
  await client.query(
    `update versions set state = 'overtaken', content = '', text = null, ended_at = now()
     where document_id = $1 and version < $2 and state in ('queued', 'extracting', 'embedding')`,
    [former.id, version],
  );
  await insertVersion(client, former.id, version, upload);
  return { documentId: former.id, version, outcome: 'replaced' };
}

async function insertVersion(
  client: PoolClient,
  documentId: string,
  version: number,
  { kind, content }: Upload,
): Promise<void> {
  await client.query('insert into versions (document_id, version, kind, content) values ($1, $2, $3, $4)', [
    documentId,
    version,
    kind,
    content,
  ]);
}
