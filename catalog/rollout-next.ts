import { type Kysely, type Selectable, sql } from 'kysely';
import { numberOf } from '../tenancy/migration-files.js';
import { rolloutWords, skippedStates } from '../tenancy/rollout.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { TurnKey } from './rollout-ends.js';
import type { CatalogSchema, RolloutsTable } from './schema.js';

/** A tenant that a turn has taken and is going to begin. */
export interface Taken {
  readonly tenantId: TenantId;
  readonly plan: string;
}

/** The most tenants of a wave that one statement checks for whether there is work. */
const mostAhead = 5_000;

type Row = Selectable<RolloutsTable>;

/** From now on, sleeping tenants are treated like all others. */
export async function wakeAll(tx: Kysely<CatalogSchema>, { fleet, id }: TurnKey): Promise<void> {
  await tx
    .updateTable('rollout_tenants')
    .set({ state: 'waiting', began_at: null, ended_at: null, times_busy: 0 })
    .where('fleet', '=', fleet)
    .where('rollout_id', '=', id)
    .where('state', '=', 'asleep')
    .execute();
}

/**
 * When the soak of the waves before this one is over, counted from the end of their last tenant. `undefined` when
 * none of them has a soak, or none had a tenant to treat.
 */
export async function soakedAt(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TurnKey,
  { waves }: Row,
  before: number,
): Promise<Date | undefined> {
  const soaks = waves.slice(0, before).map(({ soakMs = 0 }) => soakMs);
  if (soaks.every((soakMs) => soakMs === 0)) return undefined;
  const { rows } = await sql<{ soaked: Date | null }>`
    select max(ended_at + make_interval(secs => (${soaks}::float8[])[wave + 1] / 1000)) as soaked
    from tenantry.rollout_tenants
    where fleet = ${fleet} and rollout_id = ${id} and wave < ${before} and state in ('succeeded', 'failed', 'asleep')`.execute(
    tx,
  );
  return rows[0]?.soaked ?? undefined;
}

/**
 * The next tenants of a wave, in the order in which they are taken; busy ones are left out until their next attempt.
 */
const nextOf = ({ fleet, id }: TurnKey, wave: number) => sql`
  select tenant_id from tenantry.rollout_tenants
  where fleet = ${fleet} and rollout_id = ${id} and wave = ${wave} and state = 'waiting'
    and (not_before is null or not_before <= now())
  order by tenant_id`;

/**
 * Skips the next tenants of the wave for which, according to the catalog, there is nothing to do, until enough
 * tenants with possible work come first: a longer scan would be wasted. Returns whether it skipped any.
 */
export async function skipUnfit(
  tx: Kysely<CatalogSchema>,
  turn: TurnKey,
  row: Row,
  wanted: number,
): Promise<boolean> {
  let skippedAny = false;
  // When nearly all are skipped, pages of constant size would be too many.
  for (let page = wanted; page > 0; page = Math.min(page * 4, mostAhead)) {
    const { looked, skipped } = await skipUnfitOf(tx, turn, row, page);
    skippedAny ||= skipped > 0;
    if (looked - skipped >= wanted || looked < page) break;
  }
  return skippedAny;
}

async function skipUnfitOf(
  tx: Kysely<CatalogSchema>,
  turn: TurnKey,
  { verb, request, wave }: Row,
  page: number,
): Promise<{ readonly looked: number; readonly skipped: number }> {
  const { fleet, id } = turn;
  const unfit = skippedStates(verb);
  const words = rolloutWords(verb, { workflow: request.workflow });
  const inState = sql`tenants.state = any(${unfit}::text[])`;
  const to = verb === 'migrate' && typeof request.to === 'string' ? request.to : undefined;
  const has =
    to === undefined
      ? sql`false`
      : sql`tenants.state = 'ready' and tenants.schema_version ~ '^[0-9]'
          and substring(tenants.schema_version from '^[0-9]+')::numeric >= ${String(numberOf(to))}::numeric`;
  const { rows } = await sql<{ looked: number; skipped: number }>`
    with next as materialized (${nextOf(turn, wave)} limit ${page}),
    skipped as (
      update tenantry.rollout_tenants as member set state = 'skipped', ended_at = now(), reason = case
        when tenants.id is null then jsonb_build_object('type', 'NothingToDo', 'message', 'there is no such tenant any more')
        when ${inState} then jsonb_build_object('type', 'TenantStateConflict', 'message',
          'the tenant is ' || tenants.state || ${`, so the ${words} cannot begin`}::text)
        else jsonb_build_object('type', 'NothingToDo', 'message', 'it is at ' || tenants.schema_version || ' already') end
      from next left join tenantry.tenants on tenants.fleet = ${fleet} and tenants.id = next.tenant_id
      where member.fleet = ${fleet} and member.rollout_id = ${id} and member.tenant_id = next.tenant_id
        and (tenants.id is null or ${inState} or (${has}))
      returning 1
    )
    select (select count(*) from next)::integer as looked, (select count(*) from skipped)::integer as skipped`.execute(
    tx,
  );
  return rows[0] ?? { looked: 0, skipped: 0 };
}

export interface Rate {
  /** How many more may begin now. */
  readonly room: number;
  /** When there is more room, in milliseconds from now; absent when there is no rate limit. */
  readonly waitMs?: number;
}

/**
 * The number that the rate per minute allows now. A tenth of it, and at least one, may begin together; the pause
 * after that is as long as the rate allots to them.
 */
export async function withinRate(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TurnKey,
  { pace: { perMinute } }: Row,
): Promise<Rate> {
  if (perMinute === undefined) return { room: Number.POSITIVE_INFINITY };
  const together = Math.max(1, Math.floor(perMinute / 10));
  const windowSeconds = (together * 60) / perMinute;
  const { rows } = await sql<{ began: number; wait_ms: number | null }>`
    select count(*)::integer as began,
      (extract(epoch from min(began_at) - now()) + ${windowSeconds}::float8)::float8 * 1000 as wait_ms
    from tenantry.rollout_tenants
    where fleet = ${fleet} and rollout_id = ${id} and began_at > now() - make_interval(secs => ${windowSeconds})`.execute(
    tx,
  );
  const { began = 0, wait_ms } = rows[0] ?? {};
  return { room: Math.max(0, together - began), waitMs: Math.max(wait_ms ?? windowSeconds * 1000, 100) };
}

/** Takes the next tenants of a wave, up to a limit. */
export async function claim(
  tx: Kysely<CatalogSchema>,
  turn: TurnKey,
  wave: number,
  most: number,
): Promise<void> {
  if (most <= 0) return;
  const { fleet, id } = turn;
  await sql`
    update tenantry.rollout_tenants set state = 'running', claim = ${turn.claim}, began_at = coalesce(began_at, now())
    where fleet = ${fleet} and rollout_id = ${id}
      and tenant_id = any(array(${nextOf(turn, wave)} limit ${most}))`.execute(tx);
}

/** The tenants that this turn has taken. */
export async function claimed(tx: Kysely<CatalogSchema>, { fleet, id, claim }: TurnKey): Promise<Taken[]> {
  return tx
    .selectFrom('rollout_tenants as member')
    .leftJoin('tenants', (join) =>
      join.onRef('tenants.fleet', '=', 'member.fleet').onRef('tenants.id', '=', 'member.tenant_id'),
    )
    .select(['member.tenant_id as tenantId', sql<string>`coalesce(tenants.plan, '')`.as('plan')])
    .where('member.fleet', '=', fleet)
    .where('member.rollout_id', '=', id)
    .where('member.state', '=', 'running')
    .where('member.claim', '=', claim)
    .orderBy('member.tenant_id')
    .execute();
}

/** How long until the next busy tenant may be tried again. */
export async function untilNext(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: TurnKey,
  wave: number,
): Promise<number | undefined> {
  const row = await tx
    .selectFrom('rollout_tenants')
    .select(sql<number>`extract(epoch from min(not_before) - now())::float8 * 1000`.as('ms'))
    .where('fleet', '=', fleet)
    .where('rollout_id', '=', id)
    .where('wave', '=', wave)
    .where('state', '=', 'waiting')
    .where('not_before', '>', sql<Date>`now()`)
    .executeTakeFirst();
  return row?.ms ?? undefined;
}
