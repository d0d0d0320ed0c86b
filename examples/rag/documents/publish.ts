import type { TenantPool } from 'tenantry/client';
import { aloneWithPassages } from './alone-with-passages.js';
import { lockDocument } from './lock-document.js';
import { deletePassages } from './passages.js';
import { hasAllVectors, removeUnneededVectors } from './vectors.js';
import type { VersionKey } from './version.js';

/** `incomplete`: a passage has no vector yet. `overtaken`: a newer version came, or a deletion. */
export type Published = 'live' | 'incomplete' | 'overtaken';

/**
 * From one moment to the next, search reads this version and no other. The former ones go with their passages, and the vectors
 * that no passage needs any more.
 */
export function publishVersion(pool: TenantPool, { documentId, version }: VersionKey): Promise<Published> {
  return aloneWithPassages(pool, async (client) => {
    await lockDocument(client, documentId);
    const { rows } = await client.query(
      `select from documents join versions on document_id = id and version = newest_version
       where id = $1 and version = $2 and deleted_at is null and state in ('embedding', 'live')`,
      [documentId, version],
    );
    if (rows.length === 0) return 'overtaken';
    if (!(await hasAllVectors(client, { documentId, version }))) return 'incomplete';
    await client.query('update documents set live_version = $2 where id = $1', [documentId, version]);
    await client.query(
      `update versions set state = 'live', ended_at = now() where document_id = $1 and version = $2 and state = 'embedding'`,
      [documentId, version],
    );
    const former = await client.query<{ version: number }>(
      'select version from versions where document_id = $1 and version < $2',
      [documentId, version],
    );
    const versions = former.rows.map((each) => each.version);
    await removeUnneededVectors(client, await deletePassages(client, documentId, versions));
    await client.query('delete from versions where document_id = $1 and version = any ($2)', [
      documentId,
      versions,
    ]);
    return 'live';
  });
}
