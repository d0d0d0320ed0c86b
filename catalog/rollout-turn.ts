import { type Kysely, type Selectable, sql } from 'kysely';
import type { RolloutPause, RolloutState } from '../tenancy/rollout.js';
import { countsOf, isOverBudget, type RolloutCounts, stateOf, total } from './rollout-counts.js';
import { letGo, type MemberEnd, noteEnds, noteMet, type TurnKey } from './rollout-ends.js';
import { enrolLatecomers } from './rollout-enrolment.js';
import { logRolloutState } from './rollout-events.js';
import {
  claim,
  claimed,
  type Rate,
  skipUnfit,
  soakedAt,
  type Taken,
  untilNext,
  wakeAll,
  withinRate,
} from './rollout-next.js';
import type { CatalogSchema, RolloutsTable } from './schema.js';

/** One turn of a rollout's run: it reports results, and asks what to do now. */
export interface Turn extends TurnKey {
  /** The run waits for no tenant, so no run holds the tenants that an earlier run, or a lost response, has taken. */
  readonly holdsNone: boolean;
  /** Nothing more may begin: the run is about to end. */
  readonly isLast: boolean;
  readonly ended: readonly MemberEnd[];
}

export interface TurnTaken {
  readonly state: RolloutState;
  readonly verb: RolloutsTable['verb'];
  /** The input of each tenant's operation. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The tenants to begin now. */
  readonly begin: readonly Taken[];
  /** When the next tenant may begin, in milliseconds from now; absent when nothing waits for a time. */
  readonly waitMs?: number;
  /** The reason for that wait. */
  readonly waitsFor?: RolloutPause;
  readonly wave: number;
  readonly waves: readonly RolloutCounts[];
}

type Row = Selectable<RolloutsTable>;

/** Records what has ended, and takes what may begin now: in one transaction, with the rollout's row locked. */
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
  await noteEnds(tx, turn, turn.ended, row);
  if (turn.holdsNone) await letGo(tx, turn, 'others');
  await noteMet(tx, turn, row);
  const now = await theTime(tx);
  let waves = await countsOf(tx, fleet, id);
  if (row.stopped_at === null && isOverBudget(row.pace, total(waves))) await change({ stopped_at: now });
  let begin: TurnTaken['begin'] = [];
  let waitMs: number | undefined;
  let waitsFor: RolloutPause | undefined;
  if (row.ended_at === null && stateOf(row, total(waves)) !== 'stopped') {
    if (row.wanted === 'abort') {
      if (total(waves).running === 0) await change({ ended_at: now });
    } else if (row.wanted === 'run') {
      if (row.wake_at !== null && row.wake_at <= now) await wakeAll(tx, turn);
      await openWave();
      const opensInMs = row.opens_at.getTime() - now.getTime();
      if (opensInMs > 0) [waitMs, waitsFor] = [opensInMs, 'soak'];
      else if (!turn.isLast && row.ended_at === null) ({ begin, waitMs, waitsFor } = await take());
    }
  }
  // An earlier attempt may have taken tenants that must not begin any more.
  if (begin.length === 0) await letGo(tx, turn, 'own');
  await change({});
  await logRolloutState(tx, fleet, id);
  waves = await countsOf(tx, fleet, id);
  return {
    state: stateOf(row, total(waves)),
    verb: row.verb,
    request: requestAt(row, now),
    begin,
    ...(waitMs === undefined ? {} : { waitMs }),
    ...(waitsFor === undefined ? {} : { waitsFor }),
    wave: row.wave,
    waves,
  };

  /** Goes to the first wave with work left, and ends the rollout when there is none. */
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
      // A person has retried some of its tenants, or its sleepers must be woken.
      if (first < row.wave) await change({ wave: first, opens_at: now });
      if (row.opens_at > now || turn.isLast) return;
      const { free, rate } = await room();
      if (!(await skipUnfit(tx, turn, row, Math.min(free, rate.room)))) return;
    }
  }

  /** How many more of the wave may run, and how many of them may begin now. */
  async function room(): Promise<{ readonly free: number; readonly rate: Rate }> {
    const parallel = row.waves[row.wave]?.parallel ?? row.pace.parallel;
    return { free: parallel - total(waves).running, rate: await withinRate(tx, turn, row) };
  }

  async function take(): Promise<{
    begin: TurnTaken['begin'];
    waitMs: number | undefined;
    waitsFor: RolloutPause | undefined;
  }> {
    const again = await claimed(tx, turn);
    if (again.length > 0) return { begin: again, waitMs: undefined, waitsFor: undefined };
    const { free, rate } = await room();
    await claim(tx, turn, row.wave, Math.min(free, rate.room));
    const begin = await claimed(tx, turn);
    if (rate.room < free) return { begin, waitMs: rate.waitMs, waitsFor: 'rate' };
    const waitMs = begin.length < free ? await untilNext(tx, turn, row.wave) : undefined;
    return { begin, waitMs, waitsFor: waitMs === undefined ? undefined : 'busy' };
  }
}

async function theTime(tx: Kysely<CatalogSchema>): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx);
  return rows[0]?.now ?? new Date();
}

/** The input of a tenant's operation at this time: until `wake_at` it leaves sleeping tenants alone. */
function requestAt({ verb, request, wake_at }: Row, now: Date): Readonly<Record<string, unknown>> {
  return verb === 'migrate' && wake_at !== null && wake_at > now
    ? { ...request, unlessAsleep: true }
    : request;
}
