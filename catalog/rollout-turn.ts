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

/** A look of a rollout's run at what it is to do now. */
export interface Turn extends TurnKey {
  /** The run waits for no tenant, so whoever another run, or an answer that got lost, has taken is in nobody's hands. */
  readonly holdsNone: boolean;
  /** Nothing more is to begin: the run is about to end. */
  readonly isLast: boolean;
  readonly ended: readonly MemberEnd[];
}

export interface TurnTaken {
  readonly state: RolloutState;
  readonly verb: RolloutsTable['verb'];
  /** What each tenant's operation is asked for. */
  readonly request: Readonly<Record<string, unknown>>;
  /** With these it is to begin now. */
  readonly begin: readonly Taken[];
  /** When something may begin that may not yet, in milliseconds from now; absent where nothing waits for a time. */
  readonly waitMs?: number;
  /** For what it waits then. */
  readonly waitsFor?: RolloutPause;
  readonly wave: number;
  readonly waves: readonly RolloutCounts[];
}

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
  // An attempt before this one may have taken some that are not to begin any more.
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
      if (row.opens_at > now || turn.isLast) return;
      const { free, rate } = await room();
      if (!(await skipUnfit(tx, turn, row, Math.min(free, rate.room)))) return;
    }
  }

  /** How many more of the wave may be under way, and how many of them may begin now. */
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

/** What a tenant's operation is asked for now: one that sleeps is left alone while that is wanted. */
function requestAt({ verb, request, wake_at }: Row, now: Date): Readonly<Record<string, unknown>> {
  return verb === 'migrate' && wake_at !== null && wake_at > now
    ? { ...request, unlessAsleep: true }
    : request;
}
