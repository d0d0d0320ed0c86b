import type { TenantPool } from 'tenantry/client';

/** What is to be done for a document: its rows say so, and nobody else. */
export type DueWork =
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'removal' }
  | { readonly kind: 'nothing' };

const due = `(deleted_at is not null or state in ('queued', 'extracting', 'embedding'))`;
const newest = 'documents join versions on document_id = id and version = newest_version';

export async function nextWork(pool: TenantPool, documentId: string): Promise<DueWork> {
  const { rows } = await pool.query<{ version: number; deleted: boolean }>(
    `select version, deleted_at is not null as deleted from ${newest} where id = $1 and ${due}`,
    [documentId],
  );
  const [row] = rows;
  if (row === undefined) return { kind: 'nothing' };
  return row.deleted ? { kind: 'removal' } : { kind: 'version', version: row.version };
}

/** So many are seen to at a visit. */
const mostAtOnce = 100;

/**
 * Documents for which something is to be done. Of more than a hundred, any hundred: the same ones each time, if they wait, would
 * keep the others from their turn.
 */
export async function dueDocuments(pool: TenantPool): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from (select id, documents.created_at from ${newest} where ${due} order by random() limit $1) due
     order by created_at`,
    [mostAtOnce],
  );
  return rows.map(({ id }) => id);
}
