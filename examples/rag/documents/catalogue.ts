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

/** The documents that are not deleted, the newest first. */
export function listDocuments(pool: TenantPool): Promise<DocumentEntry[]> {
  return entries(pool, 'true', []);
}

/** @throws DocumentNotFoundError */
export async function openDocument(pool: TenantPool, documentId: string): Promise<OpenedDocument> {
  const [entry] = await entries(pool, 'd.id = $1', [documentId]);
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
  const embedded =
    model === undefined
      ? '0'
      : `(select count(*)::integer from passages p join ${vectorTable(model)} using (text_hash)
          where p.document_id = d.id and p.version = v.version)`;
  const { rows } = await pool.query<DocumentEntry>(
    `select d.id, title, origin, tags, d.created_at as "createdAt", v.version, kind, state, reason,
       octet_length(content) as bytes, live_version is not null as searchable, live_version as "liveVersion",
       (select count(*)::integer from passages p where p.document_id = d.id and p.version = v.version) as passages,
       ${embedded} as embedded
     from documents d join versions v on v.document_id = d.id and v.version = d.newest_version
     where d.deleted_at is null and ${which}
     order by d.created_at desc, d.id`,
    [...values],
  );
  return rows;
}
