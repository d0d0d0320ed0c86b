import { type Kysely, sql } from 'kysely';
import type { FailureReason } from '../tenancy/failure-reason.js';
import { numberOf } from '../tenancy/migration-files.js';
import { storableJson } from '../tenancy/storable.js';
import { countsOf, isOverBudget, total } from './rollout-counts.js';
import type { CatalogSchema } from './schema.js';
import type { TenantKey } from './tenant.js';

/*
 * A rollout of migrations may leave sleeping tenants alone. When one wakes, its own operation migrates it, and the
 * end of that operation settles the tenant in the rollout.
 */

/** A tenant that a rollout has left asleep, and the migration that it gets when it wakes. */
export interface Sleeper {
  readonly rollout: string;
  readonly to: string;
}

/** The active rollout that has left the tenant asleep. */
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

/** The tenant has this migration now. Must be called in the transaction that records it for the tenant. */
export async function sleeperMigrated(
  tx: Kysely<CatalogSchema>,
  tenant: TenantKey,
  newest: string,
): Promise<void> {
  await settleSleeper(tx, tenant, sql`state = 'succeeded'`, String(numberOf(newest)));
}

/** The tenant's migration has failed. Must be called in the transaction that records it for the tenant. */
export async function sleeperFailed(
  tx: Kysely<CatalogSchema>,
  tenant: TenantKey,
  reason: FailureReason,
): Promise<void> {
  const rollouts = await settleSleeper(
    tx,
    tenant,
    sql`state = 'failed', reason = ${storableJson(reason)}::jsonb`,
  );
  // No run checks a rollout that only waits for sleepers.
  for (const id of rollouts) await stopOverBudget(tx, tenant.fleet, id);
}

/** Returns the rollouts in which it was asleep. Each is locked first, as in a turn. */
async function settleSleeper(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TenantKey,
  as: ReturnType<typeof sql>,
  reached?: string,
): Promise<string[]> {
  const far =
    reached === undefined
      ? sql`true`
      : sql`substring(rollout.request ->> 'to' from '^[0-9]+')::numeric <= ${reached}::numeric`;
  const { rows } = await sql<{ id: string }>`
    select rollout.id from tenantry.rollouts rollout
    join tenantry.rollout_tenants member on member.fleet = rollout.fleet and member.rollout_id = rollout.id
    where member.fleet = ${fleet} and member.tenant_id = ${id} and member.state = 'asleep'
      and rollout.ended_at is null and ${far}
    order by rollout.id for update of rollout`.execute(tx);
  const rollouts = rows.map((row) => row.id);
  await sql`
    update tenantry.rollout_tenants set ${as}, ended_at = now()
    where fleet = ${fleet} and tenant_id = ${id} and state = 'asleep' and rollout_id = any(${rollouts}::text[])`.execute(
    tx,
  );
  return rollouts;
}

async function stopOverBudget(tx: Kysely<CatalogSchema>, fleet: string, id: string): Promise<void> {
  const { pace } = await tx
    .selectFrom('rollouts')
    .select('pace')
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  if (!isOverBudget(pace, total(await countsOf(tx, fleet, id)))) return;
  await tx
    .updateTable('rollouts')
    .set({ stopped_at: sql`now()` })
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .where('stopped_at', 'is', null)
    .execute();
}
