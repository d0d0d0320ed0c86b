import { type Kysely, type Selectable, sql } from 'kysely';
import type {
  MemberReason,
  MemberState,
  RolloutPace,
  RolloutState,
  RolloutVerb,
  Wave,
} from '../tenancy/rollout.js';
import { storableJson } from '../tenancy/storable.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { countsOf, isOverBudget, none, type RolloutCounts, stateOf, total } from './rollout-counts.js';
import { type Enrolment, enrolTenants } from './rollout-enrolment.js';
import { holdRollout, logRolloutState } from './rollout-events.js';
import {
  countSchemas,
  type Meant,
  previewRollout,
  type RolloutOutline,
  type SchemaCount,
} from './rollout-preview.js';
import { type Sleeper, sleeperOf } from './rollout-sleepers.js';
import { type Turn, type TurnTaken, takeTurn } from './rollout-turn.js';
import type { CatalogSchema, RolloutsTable, RolloutTenantsTable } from './schema.js';
import type { TenantKey } from './tenant.js';

export type { RolloutCounts } from './rollout-counts.js';

/** A rollout in the catalog: one operation on many tenants. */
export interface Rollout {
  readonly fleet: string;
  readonly id: string;
  readonly verb: RolloutVerb;
  /** The input of each tenant's operation. */
  readonly request: Readonly<Record<string, unknown>>;
  /** The filter for its tenants, in JSON. */
  readonly filter: object;
  readonly waves: readonly Wave[];
  readonly pace: RolloutPace;
  readonly state: RolloutState;
  /** The current wave, from 0. */
  readonly wave: number;
  /** When that wave may begin. */
  readonly opensAt: Date;
  readonly counts: RolloutCounts;
  /** The counts of each wave. */
  readonly waveCounts: readonly RolloutCounts[];
  /** All matching tenants are enrolled, so the counts are complete. */
  readonly isEnrolled: boolean;
  /** Until then, sleeping computes are left alone. */
  readonly wakeAt: Date | undefined;
  /** Why it cannot continue, when the reason is not in its tenants. */
  readonly trouble: string | undefined;
  /** When it was stopped, if it is. */
  readonly stoppedAt: Date | undefined;
  /** For a rollout of migrations: the contract before which it stops, and the tenants and builds that hold it back. */
  readonly heldBack: string | undefined;
  readonly createdAt: Date;
  /** When a worker last checked it. */
  readonly seenAt: Date;
  readonly endedAt: Date | undefined;
}

export interface NewRollout
  extends Pick<Rollout, 'fleet' | 'id' | 'verb' | 'request' | 'filter' | 'waves' | 'pace'> {
  readonly key: string;
  readonly wakeAt?: Date | undefined;
}

export interface RolloutMember {
  readonly tenantId: TenantId;
  readonly wave: number;
  readonly state: MemberState;
  readonly reason: MemberReason | undefined;
  readonly beganAt: Date | undefined;
  readonly endedAt: Date | undefined;
}

/** What a rollout has done with a tenant, or is going to do. */
export interface TenantRollout extends Omit<RolloutMember, 'tenantId'> {
  readonly rollout: string;
  readonly verb: RolloutVerb;
  readonly request: Readonly<Record<string, unknown>>;
  readonly createdAt: Date;
}

export interface MembersAsked {
  readonly states?: readonly MemberState[] | undefined;
  readonly limit: number;
  /** The id of the previous page's last tenant. */
  readonly after?: string | undefined;
}

export interface Rollouts {
  /** Records a new rollout, or finds the active one with the same key. */
  begin(rollout: NewRollout): Promise<Rollout>;
  /** The tenants that such a rollout would treat. */
  preview(fleet: string, asked: RolloutOutline): Promise<Meant>;
  /** The number of tenants at each migration, the newest first. */
  schema(fleet: string): Promise<SchemaCount[]>;
  get(fleet: string, id: string): Promise<Rollout | undefined>;
  /** The newest first. */
  list(fleet: string, limit: number): Promise<Rollout[]>;
  /** Its tenants, by id. */
  members(fleet: string, id: string, asked: MembersAsked): Promise<RolloutMember[]>;
  /** The rollouts that have the tenant, the oldest first. */
  of(tenant: TenantKey): Promise<TenantRollout[]>;
  /**
   * Records what a person wants of the rollout, and optionally a new pace. A rollout that has ended, or was aborted,
   * does not change. A stopped one only continues if no more tenants have failed than it now allows.
   */
  want(
    fleet: string,
    id: string,
    wanted: 'run' | 'pause' | 'abort',
    pace?: Partial<RolloutPace>,
  ): Promise<Rollout | undefined>;
  /**
   * Retries the tenants that failed or were busy, even in a finished rollout. Throws `AnotherRolloutError`. An
   * aborted rollout does not change.
   */
  retry(fleet: string, id: string): Promise<Rollout | undefined>;
  /** Makes a page of matching tenants members; returns whether all are enrolled. */
  enrol(fleet: string, id: string, enrolment: Enrolment): Promise<boolean>;
  /**
   * Records why it cannot continue: until a person resumes it if this stops it, and otherwise until it resolves
   * itself.
   */
  noteTrouble(
    fleet: string,
    id: string,
    trouble: { readonly trouble: string; readonly stops: boolean },
  ): Promise<void>;
  /** Records what has ended, and takes what may begin now. The same turn may be repeated. */
  takeTurn(turn: Turn): Promise<TurnTaken>;
  /** Active rollouts that no run has checked for this time. */
  idle(fleet: string, idleMs: number): Promise<string[]>;
  /** The rollout that has left the tenant asleep and migrates it when it wakes. */
  sleeper(tenant: TenantKey): Promise<Sleeper | undefined>;
  /**
   * The migration up to which a new tenant's database is brought while a rollout of migrations is held up;
   * `undefined`: the newest.
   */
  newcomersAt(fleet: string): Promise<{ readonly upTo: string | undefined } | undefined>;
}

/** Another rollout with the same key is under way. */
export class AnotherRolloutError extends Error {
  override readonly name = 'AnotherRolloutError';

  constructor(readonly rolloutId: string) {
    super(`rollout "${rolloutId}" is under way`);
  }
}

type Row = Selectable<RolloutsTable>;

export function createRollouts(db: Kysely<CatalogSchema>): Rollouts {
  const one = (fleet: string, id: string) =>
    db
      .selectFrom('rollouts')
      .selectAll()
      .where('fleet', '=', fleet)
      .where('id', '=', id)
      .where('pruned_at', 'is', null);
  const whole = async (row: Row | undefined) => row && rolloutOf(row, await countsOf(db, row.fleet, row.id));
  const changed = async (
    fleet: string,
    id: string,
    change: (tx: Kysely<CatalogSchema>, row: Row) => Promise<void>,
  ) => {
    await db.transaction().execute(async (tx) => {
      const row = await holdRollout(tx, fleet, id);
      if (row === undefined || row.pruned_at !== null) return;
      await change(tx, row);
      await logRolloutState(tx, fleet, id);
    });
    return whole(await one(fleet, id).executeTakeFirst());
  };
  return {
    async begin({ fleet, id, verb, request, filter, waves, pace, key, wakeAt }) {
      const values = { fleet, id, verb, key, wake_at: wakeAt ?? null };
      await db
        .insertInto('rollouts')
        .values({
          ...values,
          request: storableJson(request),
          filter: storableJson(filter),
          waves: storableJson(waves),
          pace: storableJson(pace),
        })
        .onConflict((conflict) =>
          conflict.columns(['fleet', 'key']).where('ended_at', 'is', null).doNothing(),
        )
        .execute();
      const row = await db
        .selectFrom('rollouts')
        .selectAll()
        .where('fleet', '=', fleet)
        .where('key', '=', key)
        .where('ended_at', 'is', null)
        .executeTakeFirst();
      // It ended at the same moment: the next attempt records a new one.
      return (await whole(row)) ?? this.begin({ fleet, id, verb, request, filter, waves, pace, key, wakeAt });
    },
    preview: (fleet, asked) => previewRollout(db, fleet, asked),
    schema: (fleet) => countSchemas(db, fleet),
    get: async (fleet, id) => whole(await one(fleet, id).executeTakeFirst()),
    async list(fleet, limit) {
      const rows = await db
        .selectFrom('rollouts')
        .selectAll()
        .where('fleet', '=', fleet)
        .where('pruned_at', 'is', null)
        .orderBy('created_at', 'desc')
        .limit(limit)
        .execute();
      return Promise.all(rows.map(async (row) => rolloutOf(row, await countsOf(db, fleet, row.id))));
    },
    async members(fleet, id, { states, limit, after }) {
      const rows = await db
        .selectFrom('rollout_tenants')
        .selectAll()
        .where('fleet', '=', fleet)
        .where('rollout_id', '=', id)
        .$if(states !== undefined, (query) => query.where('state', 'in', states ?? []))
        .$if(after !== undefined, (query) => query.where('tenant_id', '>', after as TenantId))
        .orderBy('tenant_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ tenantId: row.tenant_id, ...endOf(row) }));
    },
    async of({ fleet, id }) {
      const rows = await db
        .selectFrom('rollout_tenants as member')
        .innerJoin('rollouts', (join) =>
          join.onRef('rollouts.fleet', '=', 'member.fleet').onRef('rollouts.id', '=', 'member.rollout_id'),
        )
        .select(['rollouts.id', 'rollouts.verb', 'rollouts.request', 'rollouts.created_at'])
        .select(['member.wave', 'member.state', 'member.reason', 'member.began_at', 'member.ended_at'])
        .where('member.fleet', '=', fleet)
        .where('member.tenant_id', '=', id)
        .where('rollouts.pruned_at', 'is', null)
        .orderBy('rollouts.created_at')
        .execute();
      return rows.map(({ id: rollout, verb, request, created_at: createdAt, ...row }) => ({
        ...{ rollout, verb, request, createdAt },
        ...endOf(row),
      }));
    },
    want: (fleet, id, wanted, pace = {}) =>
      changed(fleet, id, async (tx, row) => {
        if (row.ended_at !== null || row.wanted === 'abort') return;
        const counts = total(await countsOf(tx, fleet, id));
        const goesOn = wanted === 'run' && !isOverBudget({ ...row.pace, ...pace }, counts);
        await tx
          .updateTable('rollouts')
          .set({
            wanted,
            pace: sql`pace || ${storableJson(pace)}::jsonb`,
            ...(goesOn ? { stopped_at: null, trouble: null } : {}),
            ...(wanted === 'abort' && counts.running === 0 ? { ended_at: sql`now()` } : {}),
          })
          .where('fleet', '=', fleet)
          .where('id', '=', id)
          .execute();
      }),
    retry: (fleet, id) =>
      changed(fleet, id, async (tx, row) => {
        if (row.wanted === 'abort') return;
        const { numUpdatedRows: tried } = await tx
          .updateTable('rollout_tenants')
          .set({
            state: 'waiting',
            claim: null,
            began_at: null,
            not_before: null,
            times_busy: 0,
            ended_at: null,
            reason: null,
          })
          .where('fleet', '=', fleet)
          .where('rollout_id', '=', id)
          .where((member) =>
            member.or([
              member('state', '=', 'failed'),
              member.and([member('state', '=', 'skipped'), member(sql`reason ->> 'type'`, '=', 'Busy')]),
            ]),
          )
          .executeTakeFirstOrThrow();
        if (row.ended_at !== null && tried === 0n) return;
        const another = await tx
          .selectFrom('rollouts')
          .select('id')
          .where('fleet', '=', fleet)
          .where('key', '=', row.key)
          .where('id', '<>', id)
          .where('ended_at', 'is', null)
          .executeTakeFirst();
        if (another !== undefined) throw new AnotherRolloutError(another.id);
        await tx
          .updateTable('rollouts')
          .set({ stopped_at: null, trouble: null, ended_at: null, seen_at: sql`now()` })
          .where('fleet', '=', fleet)
          .where('id', '=', id)
          .execute();
      }),
    enrol: (fleet, id, enrolment) => enrolTenants(db, fleet, id, enrolment),
    async noteTrouble(fleet, id, { trouble, stops }) {
      await db.transaction().execute(async (tx) => {
        await tx
          .updateTable('rollouts')
          .set({ trouble, seen_at: sql`now()`, ...(stops ? { stopped_at: sql`now()` } : {}) })
          .where('fleet', '=', fleet)
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .execute();
        await logRolloutState(tx, fleet, id);
      });
    },
    takeTurn: (turn) => db.transaction().execute((tx) => takeTurn(tx, turn)),
    async idle(fleet, idleMs) {
      const rows = await db
        .selectFrom('rollouts')
        .select('id')
        .where('fleet', '=', fleet)
        .where('ended_at', 'is', null)
        .where((rollout) =>
          rollout.or([
            rollout('wanted', '=', 'abort'),
            rollout.and([rollout('wanted', '=', 'run'), rollout('stopped_at', 'is', null)]),
          ]),
        )
        .where('seen_at', '<', sql<Date>`now() - make_interval(secs => ${idleMs / 1000})`)
        .where((rollout) => {
          const has = (...states: readonly MemberState[]) =>
            rollout.exists(
              rollout
                .selectFrom('rollout_counts as counted')
                .select('counted.tenants')
                .whereRef('counted.fleet', '=', 'rollouts.fleet')
                .whereRef('counted.rollout_id', '=', 'rollouts.id')
                .where('counted.state', 'in', states)
                .where('counted.tenants', '>', '0'),
            );
          return rollout.or([
            rollout('wanted', '=', 'abort'),
            has('waiting', 'running'),
            rollout.not(has('asleep')),
            rollout('wake_at', '<=', sql<Date>`now()`),
          ]);
        })
        .execute();
      return rows.map(({ id }) => id);
    },
    sleeper: (tenant) => sleeperOf(db, tenant),
    async newcomersAt(fleet) {
      const row = await db
        .selectFrom('rollouts')
        .select('base')
        .where('fleet', '=', fleet)
        .where('verb', '=', 'migrate')
        .where('ended_at', 'is', null)
        .where('enrolled_at', 'is not', null)
        .where((each) => each.or([each('wanted', '=', 'pause'), each('stopped_at', 'is not', null)]))
        .executeTakeFirst();
      return row && { upTo: row.base ?? undefined };
    },
  };
}

function endOf(
  row: Pick<Selectable<RolloutTenantsTable>, 'wave' | 'state' | 'reason' | 'began_at' | 'ended_at'>,
): Omit<RolloutMember, 'tenantId'> {
  return {
    wave: row.wave,
    state: row.state,
    reason: row.reason ?? undefined,
    beganAt: row.began_at ?? undefined,
    endedAt: row.ended_at ?? undefined,
  };
}

function rolloutOf(row: Row, waveCounts: readonly RolloutCounts[]): Rollout {
  const counts = total(waveCounts);
  return {
    fleet: row.fleet,
    id: row.id,
    verb: row.verb,
    request: row.request,
    filter: row.filter,
    waves: row.waves,
    pace: row.pace,
    state: stateOf(row, counts),
    wave: row.wave,
    opensAt: row.opens_at,
    counts,
    waveCounts: row.waves.map((_, wave) => waveCounts[wave] ?? none),
    isEnrolled: row.enrolled_at !== null,
    wakeAt: row.wake_at ?? undefined,
    trouble: row.trouble ?? undefined,
    stoppedAt: row.stopped_at ?? undefined,
    heldBack: row.held_back ?? undefined,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    endedAt: row.ended_at ?? undefined,
  };
}
