import { activityInfo, heartbeat } from '@temporalio/activity';
import type { Enrolment } from '../../catalog/rollout-enrolment.js';
import type { MemberEnd, TurnTaken } from '../../catalog/rollout-turn.js';
import { contractsOf, isBefore } from '../../tenancy/contracts.js';
import { failure, isFailure } from '../../tenancy/failures.js';
import type { Timings } from '../../tenancy/timings.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import { soundMigrations } from '../database/sound-migrations.js';
import type { Dependencies } from '../dependencies.js';
import { firstHeldBack, heldBackBy } from '../held-back-contract.js';

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

/** Makes everybody who is meant a member of the rollout, once. What it cannot do for a flaw in the migrations is noted, and stops it. */
export function enrolTenants({ catalog, fleet }: Dependencies) {
  return async (input: RolloutInput): Promise<void> => {
    const rollout = await known({ catalog, fleet }, input);
    if (rollout.isEnrolled) return;
    const end = rollout.verb === 'migrate' ? await endOf({ catalog, fleet }, rollout.request.to) : {};
    if ('trouble' in end) return catalog.rollouts.stop(fleet.name, rollout.id, end.trouble);
    while (!(await catalog.rollouts.enrol(fleet.name, rollout.id, end))) heartbeat();
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
      readonly isFirst: boolean;
      readonly isLast: boolean;
      readonly ended: readonly MemberEnd[];
    },
  ): Promise<RolloutTurn> => {
    const { id } = await known({ catalog, fleet }, input);
    const { turn, isFirst, isLast, ended } = input;
    const claim = `${activityInfo().workflowExecution?.runId}/${turn}`;
    const taken = await catalog.rollouts.takeTurn({ fleet: fleet.name, id, claim, isFirst, isLast, ended });
    const begin = await Promise.all(
      taken.begin.map(async (member) => {
        const visibility = await visibilityOf(fleet, member.tenantId, () => catalog.installation());
        return { ...member, ...(visibility && { visibility }) };
      }),
    );
    return { ...taken, begin, timings: fleet.timings };
  };
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

/**
 * The migration that a rollout leads to; or why there is none. One that was asked for by name is reached or refused; without a name it
 * is the newest that comes before a contract which is held back.
 */
async function endOf(
  { catalog, fleet }: Pick<Dependencies, 'catalog' | 'fleet'>,
  asked: unknown,
): Promise<Enrolment | { readonly trouble: string }> {
  const named = typeof asked === 'string' ? asked : undefined;
  const { migrations: folder } = fleet;
  if (folder === undefined)
    return named === undefined ? { trouble: 'the fleet has no migrations' } : { to: named };
  let migrations: Awaited<ReturnType<typeof soundMigrations>>;
  try {
    migrations = await soundMigrations(folder);
  } catch (error) {
    if (isFailure(error, 'MigrationFailed')) return { trouble: error.message };
    throw error;
  }
  const to = named ?? migrations.at(-1)?.name;
  if (to === undefined) return { trouble: 'the folder of migrations is empty' };
  const inRange = migrations.filter(({ name }) => !isBefore(to, name));
  const contract = await firstHeldBack({ catalog, fleet }, contractsOf(inRange));
  if (contract === undefined) return { to };
  const heldBack = await heldBackBy({ catalog, fleet }, contract);
  return named === undefined && contract.before !== undefined
    ? { to: contract.before, heldBack }
    : { trouble: heldBack };
}
