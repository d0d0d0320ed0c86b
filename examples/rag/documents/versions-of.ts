import type { TenantPool } from 'tenantry/client';
import type { VersionState } from './version.js';

/** A version as its document's page shows it. */
export interface VersionEntry {
  readonly version: number;
  readonly kind: string;
  readonly state: VersionState;
  readonly reason: string | null;
  readonly bytes: number;
  readonly createdAt: Date;
}

/** The versions that are kept, the newest first: what search reads, and what came after it. Of one that was overtaken nothing is kept. */
export async function versionsOf(pool: TenantPool, documentId: string): Promise<VersionEntry[]> {
  const { rows } = await pool.query<VersionEntry>(
    `select version, kind, state, reason, octet_length(content) as bytes, created_at as "createdAt"
     from versions where document_id = $1 and state <> 'overtaken' order by version desc`,
    [documentId],
  );
  return rows;
}

/** What was extracted of a version; nothing of one that was not read, or is kept no more. */
export async function versionText(
  pool: TenantPool,
  documentId: string,
  version: number,
): Promise<string | undefined> {
  const { rows } = await pool.query<{ text: string | null }>(
    'select text from versions where document_id = $1 and version = $2',
    [documentId, version],
  );
  return rows[0]?.text ?? undefined;
}

/** The headings of a version's passages. */
export async function versionHeadings(
  pool: TenantPool,
  documentId: string,
  version: number,
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ heading: string }>(
    `select distinct unnest(string_to_array(heading, ' › ')) as heading from passages
     where document_id = $1 and version = $2`,
    [documentId, version],
  );
  return new Set(rows.map(({ heading }) => heading));
}
