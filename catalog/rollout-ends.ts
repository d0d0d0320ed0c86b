import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
import { isOperation, type MemberReason } from '../tenancy/rollout.js';
import { storableJson } from '../tenancy/storable.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { CatalogSchema, RolloutsTable } from './schema.js';

/** Identifies a turn of a rollout. */
export interface TurnKey {
  readonly fleet: string;
  readonly id: string;
  /** This turn's own name. A repeated turn gets the same tenants again. */
  readonly claim: string;
}

/** The result for a tenant. `busy`: another operation held the tenant, so nothing was done. */
export interface MemberEnd {
  readonly tenantId: TenantId;
  readonly outcome: 'succeeded' | 'failed' | 'skipped' | 'asleep' | 'busy';
  readonly reason?: MemberReason;
}

/**
 * A tenant that another operation holds is tried again after this time, in milliseconds, and is skipped after this
 * many attempts.
 */
const busyMs = 15_000;
const busyTooOften = 60;

type Row = Selectable<RolloutsTable>;

/**
 * Releases the tenants that this turn has taken, or that others have. Operations that a terminated run had begun
 * continue, and a later turn meets them as busy or as done.
 */
export async function letGo(
  tx: Kysely<CatalogSchema>,
  { fleet, id, claim }: TurnKey,
  whose: 'own' | 'others',
): Promise<void> {
  await tx
    .updateTable('rollout_tenants')
    .set({ state: 'waiting', claim: null, not_before: null })
    .where('fleet', '=', fleet)
    .where('rollout_id', '=', id)
    .where('state', '=', 'running')
    .where(whose === 'own' ? sql<boolean>`claim = ${claim}` : sql<boolean>`claim is distinct from ${claim}`)
    .execute();
}

export async function noteEnds(
  tx: Kysely<CatalogSchema>,
  { fleet, id, claim }: TurnKey,
  ended: readonly MemberEnd[],
  { verb }: Row,
): Promise<void> {
  if (ended.length === 0) return;
  const ends = storableJson(
    ended.map(({ tenantId, outcome, reason }) => ({ tenant_id: tenantId, outcome, reason: reason ?? null })),
  );
  // A user-defined workflow that runs under this rollout's id is the rollout's own, and may take any time.
  const tooOften = isOperation(verb)
    ? sql`outcome = 'busy' and times_busy + 1 >= ${busyTooOften} and not ${ownUnderWay(sql`member`)}`
    : sql`false`;
  const busy: MemberReason = {
    type: 'Busy',
    message: `another operation of the tenant was under way each of the ${busyTooOften} times that it was looked at`,
  };
  await sql`
    update tenantry.rollout_tenants as member set
      state = case when ${tooOften} then 'skipped' when outcome = 'busy' then 'waiting' else outcome end,
      reason = case when ${tooOften} then ${storableJson(busy)}::jsonb else ends.reason end,
      not_before = case when outcome = 'busy' then now() + make_interval(secs => ${busyMs / 1000}) end,
      times_busy = case when outcome = 'busy' then times_busy + 1 else 0 end,
      claim = null,
      ended_at = case when outcome = 'busy' and not (${tooOften}) then null else now() end
    from jsonb_to_recordset(${ends}::jsonb) as ends (tenant_id text, outcome text, reason jsonb)
    where member.fleet = ${fleet} and member.rollout_id = ${id} and member.tenant_id = ends.tenant_id
      and member.state = 'running' and member.claim is distinct from ${claim}`.execute(tx);
}

/**
 * The runs that this rollout has begun, according to the tenant's history: runs that people start may look the same.
 */
const ownBeginnings = (member: RawBuilder<unknown>) => sql`
  select run_id from tenantry.history
  where fleet = ${member}.fleet and tenant_id = ${member}.tenant_id and event = 'began'
    and detail ->> 'rollout' = ${member}.rollout_id and at >= ${member}.began_at`;

const ownUnderWay = (member: RawBuilder<unknown>) => sql`exists (
  select 1 from tenantry.tenants
  where tenants.fleet = ${member}.fleet and tenants.id = ${member}.tenant_id
    and tenants.run_id in (${ownBeginnings(member)}) and tenants.state <> tenants.settled_state)`;

/**
 * Settles tenants that are met again: a terminated run had begun them, or another operation held them. The outcome of
 * the rollout's own operations is in their history.
 */
export async function noteMet(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TurnKey,
  { verb }: Row,
): Promise<void> {
  if (!isOperation(verb)) return;
  await sql`
    update tenantry.rollout_tenants as member set
      state = case when met.event = 'failed' then 'failed'
        when met.detail ->> 'asleep' = 'true' then 'asleep' else 'succeeded' end,
      reason = case when met.event = 'failed' then met.detail end,
      claim = null, not_before = null, ended_at = met.at
    from tenantry.rollout_tenants as again, lateral (
      select event, detail, at from tenantry.history
      where fleet = ${fleet} and tenant_id = again.tenant_id
        and run_id in (${ownBeginnings(sql`again`)}) and event in ('succeeded', 'failed')
      order by id desc limit 1
    ) as met
    where again.fleet = ${fleet} and again.rollout_id = ${id}
      and again.state = 'waiting' and again.began_at is not null
      and member.fleet = again.fleet and member.rollout_id = again.rollout_id
      and member.tenant_id = again.tenant_id`.execute(tx);
}
