import type { TenantPool } from 'tenantry/client';
import type { DocumentKind } from '../extract/extracted.js';
import { DocumentNotFoundError } from './document-errors.js';
import { liveModel, vectorTable } from './models.js';
import type { VersionState } from './version.js';

/** A document as a list shows it. */
export interface DocumentEntry {
  readonly id: string;
  readonly title: string;
  readonly origin: string | null;
  readonly tags: readonly string[];
  readonly createdAt: Date;
  /** Of its newest version. */
  readonly version: number;
  readonly kind: DocumentKind;
  readonly state: VersionState;
  /** Why that one failed. */
  readonly reason: string | null;
  readonly bytes: number;
  /** Whether search reads it: it may read an earlier version while the newest one is on its way, or has failed. */
  readonly searchable: boolean;
  /** What search reads. */
  readonly liveVersion: number | null;
  /** The newest version's passages, and how many of them have a vector. */
  readonly passages: number;
  readonly embedded: number;
}

export interface OpenedDocument extends DocumentEntry {
  /** What search reads, which a citation is a place in; absent until a version is live. */
  readonly text: string | null;
}

/** Which documents a list shows. */
export interface DocumentQuery {
  /** Only those that have it. @default all */
  readonly tag?: string | undefined;
  /** @default 50 */
  readonly limit?: number;
  /** So many of the newest are left out. @default none */
  readonly offset?: number;
}

/** The documents that are not deleted, the newest first. What it costs grows with the documents that it returns, and not with all. */
export function listDocuments(
  pool: TenantPool,
  { tag, limit = 50, offset = 0 }: DocumentQuery = {},
): Promise<DocumentEntry[]> {
  const shown = '($1::text is null or $1 = any (tags)) order by created_at desc, id limit $2 offset $3';
  return entries(pool, shown, [tag ?? null, limit, offset]);
}

/** One document as a list shows it; none of it if it was deleted. */
export function listDocument(pool: TenantPool, documentId: string): Promise<DocumentEntry[]> {
  return entries(pool, 'id = $1', [documentId]);
}

/** What a list says of all documents that are not deleted. */
export interface DocumentsSummary {
  readonly documents: number;
  /** Those that have the tag: all of them where none was named. */
  readonly matching: number;
  /** In order, the first hundred. */
  readonly tags: readonly string[];
}

const mostTags = 100;

export async function summarizeDocuments(pool: TenantPool, tag?: string): Promise<DocumentsSummary> {
  const { rows } = await pool.query<DocumentsSummary>(
    `select count(*)::integer as documents,
       (count(*) filter (where $1::text is null or $1 = any (tags)))::integer as matching,
       array(select distinct tag from documents, unnest(tags) tag where deleted_at is null order by tag limit $2) as tags
     from documents where deleted_at is null`,
    [tag ?? null, mostTags],
  );
  return rows[0] ?? { documents: 0, matching: 0, tags: [] };
}

/** A document that a question may be held to. */
export type SearchableDocument = Pick<DocumentEntry, 'id' | 'title'>;

/** The newest of those that search reads. */
export async function searchableDocuments(pool: TenantPool, limit: number): Promise<SearchableDocument[]> {
  const { rows } = await pool.query<SearchableDocument>(
    `select id, title from documents where deleted_at is null and live_version is not null
     order by created_at desc, id limit $1`,
    [limit],
  );
  return rows;
}

/** @throws DocumentNotFoundError */
export async function openDocument(pool: TenantPool, documentId: string): Promise<OpenedDocument> {
  const [entry] = await listDocument(pool, documentId);
  if (entry === undefined) throw new DocumentNotFoundError();
  const { rows } = await pool.query<{ text: string | null }>(
    'select text from documents join versions on document_id = id and version = live_version where id = $1',
    [documentId],
  );
  return { ...entry, text: rows[0]?.text ?? null };
}

async function entries(
  pool: TenantPool,
  which: string,
  values: readonly unknown[],
): Promise<DocumentEntry[]> {
  const model = await liveModel(pool);
  const passages = 'from passages p where p.document_id = d.id and p.version = d.newest_version';
  // Counted only while some have none: a version that is live has all of them.
  const embedded =
    model === undefined
      ? '0'
      : `case state when 'live' then passages when 'embedding' then
           (select count(*)::integer ${passages} and exists (select from ${vectorTable(model)} v where v.text_hash = p.text_hash))
         else 0 end`;
  const { rows } = await pool.query<DocumentEntry>(
    `with d as materialized (select * from documents where deleted_at is null and ${which})
     select d.id, title, origin, tags, d.created_at as "createdAt", v.version, kind, state, reason,
       octet_length(content) as bytes, live_version is not null as searchable, live_version as "liveVersion",
       passages, ${embedded} as embedded
     from d join versions v on v.document_id = d.id and v.version = d.newest_version
       cross join lateral (select count(*)::integer as passages ${passages}) counted
     order by d.created_at desc, d.id`,
    [...values],
  );
  return rows;
}
