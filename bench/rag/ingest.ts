import { setTimeout as sleep } from 'node:timers/promises';
import type { TenantPool } from '../../client/index.js';
import { askForWork, type Workers } from '../../examples/rag/documents/ask-for-work.js';
import { limitsOf } from '../../examples/rag/documents/limits.js';
import { addDocument } from '../../examples/rag/documents/upload.js';

export interface Ingest {
  readonly pool: TenantPool;
  readonly workers: Workers;
  readonly tenantId: string;
}

/** Seldom enough that looking costs little beside the work. */
const lookEveryMs = 25;

/** Hands a page in as the application does, and waits until search finds it. */
export async function ingest({ pool, workers, tenantId }: Ingest, page: string): Promise<void> {
  const { documentId } = await addDocument(
    pool,
    { kind: 'markdown', content: Buffer.from(page) },
    limitsOf('free'),
  );
  await askForWork(workers, { tenantId, documentId });
  while (!(await isLive(pool, documentId))) await sleep(lookEveryMs);
}

async function isLive(pool: TenantPool, documentId: string): Promise<boolean> {
  const { rows } = await pool.query<{ live: boolean; reason: string | null }>(
    `select live_version is not null as live, reason from documents d
     join versions v on v.document_id = d.id and v.version = d.newest_version where d.id = $1`,
    [documentId],
  );
  const reason = rows[0]?.reason;
  if (reason) throw new Error(reason);
  return rows[0]?.live ?? false;
}
