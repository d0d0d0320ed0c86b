import { type Kysely, sql } from 'kysely';
import type { FailureReason } from '../tenancy/failure-reason.js';
import { numberOf } from '../tenancy/migration-files.js';
import { storableJson } from '../tenancy/storable.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey } from './tenant.js';

/*
 * A rollout of migrations may leave tenants alone whose compute sleeps. One that wakes is migrated by an operation of its own,
 * and with the end of that the rollout has treated it.
 */

/** A tenant that a rollout has left asleep, and where it is to be brought when it wakes. */
export interface Sleeper {
  readonly rollout: string;
  readonly to: string;
}

/** Whether a rollout that is under way has left the tenant asleep. */
export async function sleeperOf(
  db: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
): Promise<Sleeper | undefined> {
  const { rows } = await sql<Sleeper>`
    select rollout.id as rollout, rollout.request ->> 'to' as to
    from tenantry.rollout_tenants member
    join tenantry.rollouts rollout on rollout.fleet = member.fleet and rollout.id = member.rollout_id
    where member.fleet = ${fleet} and member.tenant_id = ${id} and member.state = 'asleep'
      and rollout.ended_at is null and rollout.wanted = 'run' and rollout.stopped_at is null
    limit 1`.execute(db);
  return rows[0];
}

/** It has been migrated as far as this. In the transaction that says so of the tenant. */
export async function sleeperMigrated(
  tx: Kysely<CatalogSchema>,
  tenant: TenantKey,
  newest: string,
): Promise<void> {
  await settleSleeper(tx, tenant, sql`state = 'succeeded'`, String(numberOf(newest)));
}

/** Its migration has failed. In the transaction that says so of the tenant. */
export async function sleeperFailed(
  tx: Kysely<CatalogSchema>,
  tenant: TenantKey,
  reason: FailureReason,
): Promise<void> {
  await settleSleeper(tx, tenant, sql`state = 'failed', reason = ${storableJson(reason)}::jsonb`);
}

async function settleSleeper(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
  as: ReturnType<typeof sql>,
  reached?: string,
): Promise<void> {
  const far =
    reached === undefined
      ? sql`true`
      : sql`substring(rollout.request ->> 'to' from '^[0-9]+')::numeric <= ${reached}::numeric`;
  await sql`
    update tenantry.rollout_tenants as member set ${as}, ended_at = now()
    from tenantry.rollouts rollout
    where member.fleet = ${fleet} and member.tenant_id = ${id} and member.state = 'asleep'
      and rollout.fleet = member.fleet and rollout.id = member.rollout_id and rollout.ended_at is null
      and ${far}`.execute(tx);
}
