import { type Kysely, type Selectable, sql } from 'kysely';
import { numberOf } from '../tenancy/migration-files.js';
import {
  isOperation,
  type MemberReason,
  type RolloutState,
  rolloutWords,
  skippedStates,
} from '../tenancy/rollout.js';
import { storableJson } from '../tenancy/storable.js';
import { tenantFilterSchema } from '../tenancy/tenant-filter.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { countsOf, type RolloutCounts, stateOf, total } from './rollout-counts.js';
import type { CatalogSchema, RolloutsTable } from './schema.js';
import { meant } from './tenant-conditions.js';

/** A look of a rollout's run at what it is to do now. */
export interface Turn {
  readonly fleet: string;
  readonly id: string;
  /** This turn's own name. What it was given is given again where it asks again. */
  readonly claim: string;
  /** The run has only begun, so whatever an earlier one had in its hands is in nobody's. */
  readonly isFirst: boolean;
  /** Nothing more is to begin: the run is about to end. */
  readonly isLast: boolean;
  readonly ended: readonly MemberEnd[];
}

/** How it ended with a tenant. `busy`: another operation had it in its hands, so nothing was done. */
export interface MemberEnd {
  readonly tenantId: TenantId;
  readonly outcome: 'succeeded' | 'failed' | 'skipped' | 'asleep' | 'busy';
  readonly reason?: MemberReason;
}

export interface TurnTaken {
  readonly state: RolloutState;
  readonly verb: RolloutsTable['verb'];
  /** What each tenant's operation is asked for. */
  readonly request: Readonly<Record<string, unknown>>;
  /** With these it is to begin now. */
  readonly begin: readonly { readonly tenantId: TenantId; readonly plan: string }[];
  /** When something may begin that may not yet, in milliseconds from now; absent where nothing waits for a time. */
  readonly waitMs?: number;
  readonly wave: number;
  readonly waves: readonly RolloutCounts[];
}

/** After so long a tenant that another operation holds is looked at again, and after so long it is skipped, in milliseconds. */
const busyMs = 15_000;
const busyForTooLongMs = 15 * 60_000;

/** In the rate of a minute so many may begin at once as are due in this time, in milliseconds. */
const paceWindowMs = 6_000;

type Row = Selectable<RolloutsTable>;

/** Notes what has ended, and takes what may begin now: in one transaction, and with the rollout's row in hand. */
export async function takeTurn(tx: Kysely<CatalogSchema>, turn: Turn): Promise<TurnTaken> {
  const { fleet, id } = turn;
  const found = await tx
    .selectFrom('rollouts')
    .selectAll()
    .where('fleet', '=', fleet)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (found === undefined) throw new Error(`the catalog has no rollout "${id}"`);
  let row: Row = found;
  const change = async (set: Partial<Row>) => {
    row = { ...row, ...set };
    const { wave, opens_at, stopped_at, ended_at } = row;
    await tx
      .updateTable('rollouts')
      .set({ wave, opens_at, stopped_at, ended_at, seen_at: sql`now()` })
      .where('fleet', '=', fleet)
      .where('id', '=', id)
      .execute();
  };
  if (turn.isFirst) await letGo(tx, turn);
  await noteEnds(tx, turn);
  await noteMet(tx, turn, row);
  const now = await theTime(tx);
  let waves = await countsOf(tx, fleet, id);
  const isOverBudget = () => total(waves).failed > row.pace.maxFailures;
  if (row.stopped_at === null && isOverBudget()) await change({ stopped_at: now });
  let begin: TurnTaken['begin'] = [];
  let waitMs: number | undefined;
  if (row.ended_at === null && stateOf(row, total(waves)) !== 'stopped') {
    if (row.wanted === 'abort') {
      if (total(waves).running === 0) await change({ ended_at: now });
    } else if (row.wanted === 'run') {
      if (row.wake_at !== null && row.wake_at <= now) await wakeAll(tx, turn);
      ({ waves } = await openWave());
      const opensInMs = row.opens_at.getTime() - now.getTime();
      if (opensInMs > 0) waitMs = opensInMs;
      else if (!turn.isLast) ({ begin, waitMs } = await take());
    }
  }
  await change({});
  waves = await countsOf(tx, fleet, id);
  return {
    state: stateOf(row, total(waves)),
    verb: row.verb,
    request: requestAt(row, now),
    begin,
    ...(waitMs === undefined ? {} : { waitMs }),
    wave: row.wave,
    waves,
  };

  /** Goes on to the first wave in which something is left to do, and ends the rollout where there is none. */
  async function openWave(): Promise<{ waves: RolloutCounts[] }> {
    for (;;) {
      if (row.opens_at <= now && !turn.isLast) await skipUnfit(tx, turn, row);
      const counts = await countsOf(tx, fleet, id);
      const here = counts[row.wave];
      if ((here?.waiting ?? 0) + (here?.running ?? 0) > 0) return { waves: counts };
      if (row.wave < row.waves.length - 1) {
        const soakMs = here === undefined || isEmpty(here) ? 0 : (row.waves[row.wave]?.soakMs ?? 0);
        await change({ wave: row.wave + 1, opens_at: new Date(now.getTime() + soakMs) });
        if (soakMs > 0) return { waves: counts };
        continue;
      }
      if (turn.isLast || total(counts).asleep > 0) return { waves: counts };
      if (row.verb === 'migrate' && (await enrolLatecomers(tx, turn, row))) continue;
      await change({ ended_at: now });
      return { waves: counts };
    }
  }

  async function take(): Promise<Pick<TurnTaken, 'begin'> & { waitMs: number | undefined }> {
    const again = await claimed(tx, turn);
    if (again.length > 0) return { begin: again, waitMs: undefined };
    const parallel = row.waves[row.wave]?.parallel ?? row.pace.parallel;
    const free = parallel - total(waves).running;
    const inRate = await withinRate(tx, turn, row);
    await claim(tx, turn, row.wave, Math.min(free, inRate));
    if (inRate < free) return { begin: await claimed(tx, turn), waitMs: paceWindowMs / 6 };
    return { begin: await claimed(tx, turn), waitMs: await untilNext(tx, turn, row.wave) };
  }
}

function isEmpty(counts: RolloutCounts): boolean {
  return counts.succeeded + counts.failed + counts.asleep === 0;
}

async function theTime(tx: Kysely<CatalogSchema>): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx);
  return rows[0]?.now ?? new Date();
}

/** What a tenant's operation is asked for now: one that sleeps is left alone while that is wanted. */
function requestAt({ verb, request, wake_at }: Row, now: Date): Readonly<Record<string, unknown>> {
  return verb === 'migrate' && wake_at !== null && wake_at > now
    ? { ...request, unlessAsleep: true }
    : request;
}

/** A run before this one was ended by force. What it had begun goes on, and is met again as busy, or as done. */
async function letGo(tx: Kysely<CatalogSchema>, { fleet, id, claim }: Turn): Promise<void> {
  await tx
    .updateTable('rollout_tenants')
    .set({ state: 'waiting', claim: null, not_before: null })
    .where('fleet', '=', fleet)
    .where('rollout_id', '=', id)
    .where('state', '=', 'running')
    .where(sql<boolean>`claim is distinct from ${claim}`)
    .execute();
}

async function noteEnds(tx: Kysely<CatalogSchema>, { fleet, id, claim, ended }: Turn): Promise<void> {
  if (ended.length === 0) return;
  const ends = storableJson(
    ended.map(({ tenantId, outcome, reason }) => ({ tenant_id: tenantId, outcome, reason: reason ?? null })),
  );
  const tooLong = sql`outcome = 'busy' and began_at < now() - make_interval(secs => ${busyForTooLongMs / 1000})`;
  const busy: MemberReason = {
    type: 'Busy',
    message: 'another operation of the tenant was under way all the time',
  };
  await sql`
    update tenantry.rollout_tenants as member set
      state = case when ${tooLong} then 'skipped' when outcome = 'busy' then 'waiting' else outcome end,
      reason = case when ${tooLong} then ${storableJson(busy)}::jsonb else ends.reason end,
      not_before = case when outcome = 'busy' then now() + make_interval(secs => ${busyMs / 1000}) end,
      claim = null,
      ended_at = case when outcome = 'busy' and not (${tooLong}) then null else now() end
    from jsonb_to_recordset(${ends}::jsonb) as ends (tenant_id text, outcome text, reason jsonb)
    where member.fleet = ${fleet} and member.rollout_id = ${id} and member.tenant_id = ends.tenant_id
      and member.state = 'running' and member.claim is distinct from ${claim}`.execute(tx);
}

/**
 * Those that are met again: a run that was ended by force had begun with them, or another operation had them in its hands. What
 * has become of them since, their history tells.
 */
async function noteMet(tx: Kysely<CatalogSchema>, { fleet, id }: Turn, { verb }: Row): Promise<void> {
  if (!isOperation(verb)) return;
  await sql`
    update tenantry.rollout_tenants as member set
      state = case when met.event = 'failed' then 'failed'
        when met.detail ->> 'asleep' = 'true' then 'asleep' else 'succeeded' end,
      reason = case when met.event = 'failed' then met.detail end,
      claim = null, ended_at = met.at
    from tenantry.rollout_tenants as again, lateral (
      select event, detail, at from tenantry.history
      where fleet = ${fleet} and tenant_id = again.tenant_id and operation = ${verb}
        and event in ('succeeded', 'failed') and at >= again.began_at
      order by id desc limit 1
    ) as met
    where again.fleet = ${fleet} and again.rollout_id = ${id}
      and again.state = 'waiting' and again.began_at is not null
      and member.fleet = again.fleet and member.rollout_id = again.rollout_id
      and member.tenant_id = again.tenant_id`.execute(tx);
}

async function wakeAll(tx: Kysely<CatalogSchema>, { fleet, id }: Turn): Promise<void> {
  await tx
    .updateTable('rollout_tenants')
    .set({ state: 'waiting', began_at: null, ended_at: null })
    .where('fleet', '=', fleet)
    .where('rollout_id', '=', id)
    .where('state', '=', 'asleep')
    .execute();
}

/** Passes over, in one statement, those of the wave that the catalog knows to have nothing to gain from it. */
async function skipUnfit(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: Turn,
  { verb, request, wave }: Row,
): Promise<void> {
  const unfit = skippedStates(verb);
  const words = rolloutWords(verb, {});
  const inState = sql`tenants.state = any(${unfit}::text[])`;
  const to = verb === 'migrate' && typeof request.to === 'string' ? request.to : undefined;
  const has =
    to === undefined
      ? sql`false`
      : sql`tenants.state = 'ready' and tenants.schema_version ~ '^[0-9]'
          and substring(tenants.schema_version from '^[0-9]+')::numeric >= ${String(numberOf(to))}::numeric`;
  await sql`
    update tenantry.rollout_tenants as member set state = 'skipped', ended_at = now(), reason = case
      when tenants.id is null then jsonb_build_object('type', 'NothingToDo', 'message', 'there is no such tenant any more')
      when ${inState} then jsonb_build_object('type', 'TenantStateConflict', 'message',
        'the tenant is ' || tenants.state || ${`, so the ${words} cannot begin`}::text)
      else jsonb_build_object('type', 'NothingToDo', 'message', 'it is at ' || tenants.schema_version || ' already') end
    from tenantry.rollout_tenants as each
      left join tenantry.tenants on tenants.fleet = each.fleet and tenants.id = each.tenant_id
    where each.fleet = ${fleet} and each.rollout_id = ${id} and each.wave = ${wave} and each.state = 'waiting'
      and member.fleet = each.fleet and member.rollout_id = each.rollout_id and member.tenant_id = each.tenant_id
      and (tenants.id is null or ${inState} or (${has}))`.execute(tx);
}

/** Tenants that came while it was under way are meant too. Returns whether there were any. */
async function enrolLatecomers(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: Turn,
  { filter, waves, request }: Row,
): Promise<boolean> {
  const to = typeof request.to === 'string' ? String(numberOf(request.to)) : undefined;
  if (to === undefined) return false;
  const late = await tx
    .selectFrom('tenants')
    .select('tenants.id')
    .where((tenants) => meant(tenants, fleet, tenantFilterSchema.parse(filter)))
    .where('tenants.state', '=', 'ready')
    .where(
      sql<boolean>`coalesce(substring(tenants.schema_version from '^[0-9]+')::numeric, -1) < ${to}::numeric`,
    )
    .where((tenants) =>
      tenants.not(
        tenants.exists(
          tenants
            .selectFrom('rollout_tenants as member')
            .select('member.tenant_id')
            .where('member.fleet', '=', fleet)
            .where('member.rollout_id', '=', id)
            .whereRef('member.tenant_id', '=', 'tenants.id'),
        ),
      ),
    )
    .execute();
  if (late.length === 0) return false;
  await tx
    .insertInto('rollout_tenants')
    .values(late.map(({ id: tenant_id }) => ({ fleet, rollout_id: id, tenant_id, wave: waves.length - 1 })))
    .execute();
  return true;
}

/** How many more may begin just now, by the rate of a minute. */
async function withinRate(tx: Kysely<CatalogSchema>, { fleet, id }: Turn, { pace }: Row): Promise<number> {
  if (pace.perMinute === undefined) return Number.POSITIVE_INFINITY;
  const { began } = await tx
    .selectFrom('rollout_tenants')
    .select((query) => query.fn.countAll<string>().as('began'))
    .where('fleet', '=', fleet)
    .where('rollout_id', '=', id)
    .where('began_at', '>', sql<Date>`now() - make_interval(secs => ${paceWindowMs / 1000})`)
    .executeTakeFirstOrThrow();
  return Math.max(0, Math.ceil((pace.perMinute * paceWindowMs) / 60_000) - Number(began));
}

async function claim(
  tx: Kysely<CatalogSchema>,
  { fleet, id, claim }: Turn,
  wave: number,
  most: number,
): Promise<void> {
  if (most <= 0) return;
  await tx
    .updateTable('rollout_tenants')
    .set({ state: 'running', claim, began_at: sql`coalesce(began_at, now())` })
    .where('fleet', '=', fleet)
    .where('rollout_id', '=', id)
    .where('tenant_id', 'in', (query) =>
      query
        .selectFrom('rollout_tenants as next')
        .select('next.tenant_id')
        .where('next.fleet', '=', fleet)
        .where('next.rollout_id', '=', id)
        .where('next.wave', '=', wave)
        .where('next.state', '=', 'waiting')
        .where((next) =>
          next.or([next('next.not_before', 'is', null), next('next.not_before', '<=', sql<Date>`now()`)]),
        )
        .orderBy('next.tenant_id')
        .limit(most),
    )
    .execute();
}

/** What this turn has taken. */
async function claimed(tx: Kysely<CatalogSchema>, { fleet, id, claim }: Turn): Promise<TurnTaken['begin']> {
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

/** How long until the next one that was busy may be tried again. */
async function untilNext(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: Turn,
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
