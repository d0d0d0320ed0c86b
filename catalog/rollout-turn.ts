import { type Kysely, type RawBuilder, type Selectable, sql } from 'kysely';
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
import { countsOf, isOverBudget, type RolloutCounts, stateOf, total } from './rollout-counts.js';
import { analyzeMembers } from './rollout-enrolment.js';
import type { CatalogSchema, RolloutsTable } from './schema.js';
import { meant } from './tenant-conditions.js';

/** A look of a rollout's run at what it is to do now. */
export interface Turn {
  readonly fleet: string;
  readonly id: string;
  /** This turn's own name. What it was given is given again where it asks again. */
  readonly claim: string;
  /** The run waits for no tenant, so whoever another run, or an answer that got lost, has taken is in nobody's hands. */
  readonly holdsNone: boolean;
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

/** After so long a tenant that another operation holds is looked at again, in milliseconds, and after so many looks it is skipped. */
const busyMs = 15_000;
const busyTooOften = 60;

/** So many of a wave are checked, before any of them begins, for whether there is anything to do with them. */
const ahead = 5_000;

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
  await noteEnds(tx, turn, row);
  if (turn.holdsNone) await letGo(tx, turn, 'others');
  await noteMet(tx, turn, row);
  const now = await theTime(tx);
  let waves = await countsOf(tx, fleet, id);
  if (row.stopped_at === null && isOverBudget(row.pace, total(waves))) await change({ stopped_at: now });
  let begin: TurnTaken['begin'] = [];
  let waitMs: number | undefined;
  if (row.ended_at === null && stateOf(row, total(waves)) !== 'stopped') {
    if (row.wanted === 'abort') {
      if (total(waves).running === 0) await change({ ended_at: now });
    } else if (row.wanted === 'run') {
      if (row.wake_at !== null && row.wake_at <= now) await wakeAll(tx, turn);
      await openWave();
      const opensInMs = row.opens_at.getTime() - now.getTime();
      if (opensInMs > 0) waitMs = opensInMs;
      else if (!turn.isLast && row.ended_at === null) ({ begin, waitMs } = await take());
    }
  }
  // An attempt before this one may have taken some that are not to begin any more.
  if (begin.length === 0) await letGo(tx, turn, 'own');
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

  /** Goes to the first wave in which something is left to do, and ends the rollout where there is none. */
  async function openWave(): Promise<void> {
    for (;;) {
      waves = await countsOf(tx, fleet, id);
      const first = waves.findIndex(({ waiting, running }) => waiting + running > 0);
      if (first === -1) {
        if (turn.isLast || total(waves).asleep > 0) return;
        if (row.verb === 'migrate' && (await enrolLatecomers(tx, turn, row))) continue;
        return change({ wave: row.waves.length - 1, ended_at: now });
      }
      if (first > row.wave)
        await change({ wave: first, opens_at: (await soakedAt(tx, turn, row, first)) ?? now });
      // A person has had some of it tried again, or its sleepers are to be woken.
      if (first < row.wave) await change({ wave: first, opens_at: now });
      if (row.opens_at > now || turn.isLast || !(await skipUnfit(tx, turn, row))) return;
    }
  }

  async function take(): Promise<Pick<TurnTaken, 'begin'> & { waitMs: number | undefined }> {
    const again = await claimed(tx, turn);
    if (again.length > 0) return { begin: again, waitMs: undefined };
    const parallel = row.waves[row.wave]?.parallel ?? row.pace.parallel;
    const free = parallel - total(waves).running;
    const rate = await withinRate(tx, turn, row);
    await claim(tx, turn, row.wave, Math.min(free, rate.room));
    return {
      begin: await claimed(tx, turn),
      waitMs: rate.room < free ? rate.waitMs : await untilNext(tx, turn, row.wave),
    };
  }
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

/**
 * Gives back those that this turn has taken, or that others have. What a run that was ended by force had begun goes on, and is met
 * again as busy, or as done.
 */
async function letGo(
  tx: Kysely<CatalogSchema>,
  { fleet, id, claim }: Turn,
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

async function noteEnds(
  tx: Kysely<CatalogSchema>,
  { fleet, id, claim, ended }: Turn,
  { verb }: Row,
): Promise<void> {
  if (ended.length === 0) return;
  const ends = storableJson(
    ended.map(({ tenantId, outcome, reason }) => ({ tenant_id: tenantId, outcome, reason: reason ?? null })),
  );
  // What is under way under the name of a workflow of the user's is this rollout's own, and may take its time.
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

/** The run of a tenant's operation that this rollout has begun, by the tenant's history: other people's may be like it. */
const ownBeginnings = (member: RawBuilder<unknown>) => sql`
  select run_id from tenantry.history
  where fleet = ${member}.fleet and tenant_id = ${member}.tenant_id and event = 'began'
    and detail ->> 'rollout' = ${member}.rollout_id and at >= ${member}.began_at`;

const ownUnderWay = (member: RawBuilder<unknown>) => sql`exists (
  select 1 from tenantry.tenants
  where tenants.fleet = ${member}.fleet and tenants.id = ${member}.tenant_id
    and tenants.run_id in (${ownBeginnings(member)}) and tenants.state <> tenants.settled_state)`;

/**
 * Those that are met again: a run that was ended by force had begun with them, or another operation had them in its hands. What
 * has become of what this rollout began, their history tells.
 */
async function noteMet(tx: Kysely<CatalogSchema>, { fleet, id }: Turn, { verb }: Row): Promise<void> {
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

async function wakeAll(tx: Kysely<CatalogSchema>, { fleet, id }: Turn): Promise<void> {
  await tx
    .updateTable('rollout_tenants')
    .set({ state: 'waiting', began_at: null, ended_at: null, times_busy: 0 })
    .where('fleet', '=', fleet)
    .where('rollout_id', '=', id)
    .where('state', '=', 'asleep')
    .execute();
}

/**
 * When the waves before one have been soaked: so long after the end of the last of their tenants, whenever that is looked at. Nothing
 * where none of them has a soak, or anybody who was treated.
 */
async function soakedAt(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: Turn,
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

/** Passes over those of the next of the wave that the catalog knows to have nothing to gain from it. Returns whether there were any. */
async function skipUnfit(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: Turn,
  { verb, request, wave }: Row,
): Promise<boolean> {
  const unfit = skippedStates(verb);
  const words = rolloutWords(verb, {});
  const inState = sql`tenants.state = any(${unfit}::text[])`;
  const to = verb === 'migrate' && typeof request.to === 'string' ? request.to : undefined;
  const has =
    to === undefined
      ? sql`false`
      : sql`tenants.state = 'ready' and tenants.schema_version ~ '^[0-9]'
          and substring(tenants.schema_version from '^[0-9]+')::numeric >= ${String(numberOf(to))}::numeric`;
  const { numAffectedRows: skipped = 0n } = await sql`
    with next as (
      select tenant_id from tenantry.rollout_tenants
      where fleet = ${fleet} and rollout_id = ${id} and wave = ${wave} and state = 'waiting'
      order by tenant_id limit ${ahead})
    update tenantry.rollout_tenants as member set state = 'skipped', ended_at = now(), reason = case
      when tenants.id is null then jsonb_build_object('type', 'NothingToDo', 'message', 'there is no such tenant any more')
      when ${inState} then jsonb_build_object('type', 'TenantStateConflict', 'message',
        'the tenant is ' || tenants.state || ${`, so the ${words} cannot begin`}::text)
      else jsonb_build_object('type', 'NothingToDo', 'message', 'it is at ' || tenants.schema_version || ' already') end
    from next left join tenantry.tenants on tenants.fleet = ${fleet} and tenants.id = next.tenant_id
    where member.fleet = ${fleet} and member.rollout_id = ${id} and member.tenant_id = next.tenant_id
      and (tenants.id is null or ${inState} or (${has}))`.execute(tx);
  return skipped > 0n;
}

/** Tenants that came while it was under way are meant too. Returns whether there were any. */
async function enrolLatecomers(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: Turn,
  { filter, waves, request }: Row,
): Promise<boolean> {
  const to = typeof request.to === 'string' ? String(numberOf(request.to)) : undefined;
  if (to === undefined) return false;
  const { numInsertedOrUpdatedRows: came = 0n } = await tx
    .insertInto('rollout_tenants')
    .columns(['fleet', 'rollout_id', 'tenant_id', 'wave'])
    .expression((query) =>
      query
        .selectFrom('tenants')
        .select(({ val, cast }) => [
          'tenants.fleet',
          cast<string>(val(id), 'text').as('rollout_id'),
          'tenants.id',
          cast<number>(val(waves.length - 1), 'integer').as('wave'),
        ])
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
        ),
    )
    .executeTakeFirstOrThrow();
  if (came > BigInt(ahead)) await analyzeMembers(tx);
  return came > 0n;
}

interface Rate {
  /** How many more may begin just now. */
  readonly room: number;
  /** Until there is more room, in milliseconds; absent where there is no rate to keep. */
  readonly waitMs?: number;
}

/** What a number per minute allows now. A tenth of it may begin together, one at least, and then comes the pause that these take. */
async function withinRate(
  tx: Kysely<CatalogSchema>,
  { fleet, id }: Turn,
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
