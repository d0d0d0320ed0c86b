import { activityInfo, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { MemberEnd, TurnTaken } from '../../catalog/rollout-turn.js';
import { failure } from '../../tenancy/failures.js';
import type { Fleet } from '../../tenancy/fleet.js';
import type { Timings } from '../../tenancy/timings.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import { soundMigrations } from '../database/sound-migrations.js';
import type { Dependencies } from '../dependencies.js';
import { lackingMigration } from '../lacking.js';
import type { RunStatus } from '../runs.js';

export type { MemberEnd } from '../../catalog/rollout-turn.js';

export interface RolloutInput {
  readonly fleet: string;
  readonly rollout: string;
}

/** What a rollout's run is to do now. */
export interface RolloutTurn extends Omit<TurnTaken, 'begin'> {
  readonly begin: readonly (TurnTaken['begin'][number] & { readonly visibility?: Visibility })[];
  /** The fleet's, for the operations that it begins. */
  readonly timings: Timings;
}

/**
 * Makes everybody who is meant a member of the rollout, once. What it cannot do for a flaw in the migrations is noted, and stops it; for
 * a worker that has the migration it waits.
 */
export function enrolTenants({ catalog, fleet }: Dependencies) {
  return async (input: RolloutInput): Promise<void> => {
    const rollout = await known({ catalog, fleet }, input);
    if (rollout.isEnrolled) return;
    let to: string | undefined;
    try {
      if (rollout.verb === 'migrate') to = await newestOf(rollout.request.to, fleet);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      const stops = error.nonRetryable === true;
      await catalog.rollouts.noteTrouble(fleet.name, rollout.id, { trouble: error.message, stops });
      if (stops) return;
      throw error;
    }
    while (!(await catalog.rollouts.enrol(fleet.name, rollout.id, { to }))) heartbeat();
  };
}

/** A person has cancelled its run: nothing more begins until somebody lets it go on. */
export function pauseRollout({ catalog, fleet }: Dependencies) {
  return async (input: RolloutInput): Promise<void> => {
    const { id } = await known({ catalog, fleet }, input);
    await catalog.rollouts.want(fleet.name, id, 'pause');
  };
}

/** Notes with which tenants it has ended, and takes those that are next. Can be repeated. */
export function takeRolloutTurn({ catalog, fleet }: Dependencies) {
  return async (
    input: RolloutInput & {
      readonly turn: number;
      readonly holdsNone: boolean;
      readonly isLast: boolean;
      readonly ended: readonly MemberEnd[];
    },
  ): Promise<RolloutTurn> => {
    const { id } = await known({ catalog, fleet }, input);
    const { turn, holdsNone, isLast, ended } = input;
    const claim = `${activityInfo().workflowExecution?.runId}/${turn}`;
    const taken = await catalog.rollouts.takeTurn({ fleet: fleet.name, id, claim, holdsNone, isLast, ended });
    const begin = await Promise.all(
      taken.begin.map(async (member) => {
        const visibility = await visibilityOf(fleet, member.tenantId, () => catalog.installation());
        return { ...member, ...(visibility && { visibility }) };
      }),
    );
    return { ...taken, begin, timings: fleet.timings };
  };
}

/** What has become of a workflow of the user's that a rollout runs for a tenant. */
export function statusOfRolloutRun({ runs }: Dependencies) {
  return ({ workflowId }: RolloutInput & { readonly workflowId: string }): Promise<RunStatus> =>
    runs.status(workflowId);
}

async function known(
  { catalog, fleet }: Pick<Dependencies, 'catalog' | 'fleet'>,
  { fleet: of, rollout: id }: RolloutInput,
) {
  if (of !== fleet.name) {
    const message = `a worker of fleet "${fleet.name}" took a rollout of fleet "${of}"`;
    throw failure('ForeignFleet', message, { nonRetryable: false });
  }
  const rollout = await catalog.rollouts.get(of, id);
  if (rollout === undefined) throw failure('RequestUnfit', `the catalog has no rollout "${id}"`);
  return rollout;
}

/** The migration that a rollout leads to. Throws `MigrationFailed` where there is none, `UnknownMigration` where another worker may have it. */
async function newestOf(asked: unknown, fleet: Fleet): Promise<string> {
  if (fleet.migrations === undefined) throw failure('MigrationFailed', 'the fleet has no migrations');
  const names = (await soundMigrations(fleet.migrations)).map(({ name }) => name);
  if (typeof asked === 'string') {
    if (names.includes(asked)) return asked;
    throw lackingMigration(fleet, asked, names);
  }
  const newest = names.at(-1);
  if (newest === undefined) throw failure('MigrationFailed', 'the folder of migrations is empty');
  return newest;
}
