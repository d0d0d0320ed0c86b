import type { TenantPool } from 'tenantry/client';
import { aloneWithPassages } from './alone-with-passages.js';
import { DocumentNotFoundError } from './document-errors.js';
import { deletePassages } from './passages.js';
import { removeUnneededVectors } from './vectors.js';

/**
 * From now on search does not find the document, and nobody can open it; its rows go a moment later.
 * @throws DocumentNotFoundError
 */
export async function markDeleted(pool: TenantPool, documentId: string): Promise<void> {
  const { rowCount } = await pool.query(
    'update documents set deleted_at = now() where id = $1 and deleted_at is null',
    [documentId],
  );
  if (rowCount === 0) throw new DocumentNotFoundError();
}

/** Removes all that there is of a deleted document. */
export function removeDocument(pool: TenantPool, documentId: string): Promise<void> {
  return aloneWithPassages(pool, async (client) => {
    const { rows } = await client.query(
      'select from documents where id = $1 and deleted_at is not null for update',
      [documentId],
    );
    if (rows.length === 0) return;
    await removeUnneededVectors(client, await deletePassages(client, documentId, 'all'));
    await client.query('delete from documents where id = $1', [documentId]);
  });
}
