import { activityInfo, heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { MemberEnd } from '../../catalog/rollout-ends.js';
import type { Enrolment } from '../../catalog/rollout-enrolment.js';
import type { TurnTaken } from '../../catalog/rollout-turn.js';
import { contractsOf, isBefore } from '../../tenancy/contracts.js';
import { failure } from '../../tenancy/failures.js';
import type { Timings } from '../../tenancy/timings.js';
import { type Visibility, visibilityOf } from '../../tenancy/visibility.js';
import { soundMigrations } from '../database/sound-migrations.js';
import type { Dependencies } from '../dependencies.js';
import { firstHeldBack, heldBackBy } from '../held-back-contract.js';
import { lackingMigration } from '../lacking.js';
import type { RunStatus } from '../runs.js';

export type { MemberEnd } from '../../catalog/rollout-ends.js';

export interface RolloutInput {
  readonly fleet: string;
  readonly rollout: string;
}

/** What a rollout's run must do now. */
export interface RolloutTurn extends Omit<TurnTaken, 'begin'> {
  readonly begin: readonly (TurnTaken['begin'][number] & { readonly visibility?: Visibility })[];
  /** The fleet's timings, for the operations that it begins. */
  readonly timings: Timings;
}

/**
 * Makes every selected tenant a member of the rollout, once. A flaw in the migrations is recorded, and stops
 * the rollout; if only this worker lacks the migration, the rollout waits for a worker that has it.
 */
export function enrolTenants({ catalog, fleet }: Dependencies) {
  return async (input: RolloutInput): Promise<void> => {
    const rollout = await known({ catalog, fleet }, input);
    if (rollout.isEnrolled) return;
    let end: Enrolment = {};
    try {
      if (rollout.verb === 'migrate') end = await endOf({ catalog, fleet }, rollout.request.to);
    } catch (error) {
      if (!(error instanceof ApplicationFailure)) throw error;
      const stops = error.nonRetryable === true;
      await catalog.rollouts.noteTrouble(fleet.name, rollout.id, { trouble: error.message, stops });
      if (stops) return;
      throw error;
    }
    while (!(await catalog.rollouts.enrol(fleet.name, rollout.id, end))) heartbeat();
  };
}

/** A person has cancelled the rollout's run: nothing more begins until somebody resumes it. */
export function pauseRollout({ catalog, fleet }: Dependencies) {
  return async (input: RolloutInput): Promise<void> => {
    const { id } = await known({ catalog, fleet }, input);
    await catalog.rollouts.want(fleet.name, id, 'pause');
  };
}

/** Records the tenants that have ended, and takes the next ones. It can be repeated. */
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

/** The status of the user's workflow that a rollout runs for a tenant. */
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

/**
 * The migration that a rollout leads to. A named migration is reached or refused; without a name, it is the
 * newest one before a held-back contract. Throws `MigrationFailed` if there is none, `UnknownMigration` if
 * another worker may have it, `ContractBlocked`.
 */
async function endOf(
  { catalog, fleet }: Pick<Dependencies, 'catalog' | 'fleet'>,
  asked: unknown,
): Promise<Enrolment> {
  if (fleet.migrations === undefined) throw failure('MigrationFailed', 'the fleet has no migrations');
  const migrations = await soundMigrations(fleet.migrations);
  const names = migrations.map(({ name }) => name);
  const named = typeof asked === 'string' ? asked : undefined;
  if (named !== undefined && !names.includes(named)) throw lackingMigration(fleet, named, names);
  const to = named ?? names.at(-1);
  if (to === undefined) throw failure('MigrationFailed', 'the folder of migrations is empty');
  const inRange = migrations.filter(({ name }) => !isBefore(to, name));
  const contract = await firstHeldBack({ catalog, fleet }, contractsOf(inRange));
  if (contract === undefined) return { to };
  const heldBack = await heldBackBy({ catalog, fleet }, contract);
  if (named !== undefined || contract.before === undefined) throw failure('ContractBlocked', heldBack);
  return { to: contract.before, heldBack };
}
