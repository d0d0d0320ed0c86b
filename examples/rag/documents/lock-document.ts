import type { PoolClient } from 'pg';

/**
 * Has the document to oneself until the transaction ends. Whoever changes a document and its versions takes the document first, as an upload
 * does: in another order two of them would wait for each other.
 */
export async function lockDocument(client: PoolClient, documentId: string): Promise<void> {
  await client.query('select from documents where id = $1 for no key update', [documentId]);
}
