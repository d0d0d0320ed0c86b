import type { TenantPool } from 'tenantry/client';

/** Returns whether there is such a document. */
export async function retagDocument(
  pool: TenantPool,
  documentId: string,
  tags: readonly string[],
): Promise<boolean> {
  const { rowCount } = await pool.query(
    'update documents set tags = $2 where id = $1 and deleted_at is null',
    [documentId, tags],
  );
  return rowCount === 1;
}
