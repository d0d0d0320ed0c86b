import { type Kysely, sql } from 'kysely';
import type { FailureReason } from '../tenancy/failure-reason.js';
import { storable } from '../tenancy/storable.js';
import type { CatalogSchema } from './schema.js';
import type { Writer } from './tenant.js';

/** Counts the failure of a snapshot that the tenant's plan asked for: the next try comes later each time. */
export async function noteFailedBackup(
  tx: Kysely<CatalogSchema>,
  { fleet, id, runId }: Writer,
  { message }: FailureReason,
): Promise<void> {
  await sql`
    update tenantry.tenants set
      backup_tries = backup_tries + 1, backup_failed_at = now(), backup_trouble = ${storable(message)}
    where fleet = ${fleet} and id = ${id} and exists (
      select 1 from tenantry.history
      where fleet = ${fleet} and tenant_id = ${id} and run_id = ${runId} and event = 'began' and detail ? 'isBackup'
    )`.execute(tx);
}
