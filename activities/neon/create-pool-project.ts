import { cancellationSignal } from '@temporalio/activity';
import { failure } from '../../tenancy/failures.js';
import { attemptNotes, leaveNote } from '../attempt-notes.js';
import type { Dependencies } from '../dependencies.js';
import { knownPlan } from '../known-plan.js';
import { lackingPlanAsBegun } from '../lacking.js';
import { type PoolProjectInput, poolRunOf } from '../pool-input.js';
import { type Timed, timingsOf } from '../tenant-input.js';
import { settingsMarkOf } from '../wanted-pools.js';
import { operationsPending, refuseUnfinished } from './await-operations.js';
import { createOnce, type ProjectJustCreated, projectCreatedSchema } from './create-once.js';
import { refuseUnasked } from './foreign-project.js';
import { lookAgain } from './look-again.js';
import { namingTheSetting } from './naming-the-setting.js';
import { firstLook } from './next-look.js';
import { projectRequest } from './project-request.js';

export interface PoolProjectToCreate extends PoolProjectInput {
  readonly settingsMark: string;
}

type TimedCreate = PoolProjectToCreate &
  Timed<'createGrace' | 'operationPoll' | 'operationDeadline' | 'failedOperationGrace'>;

/**
 * Creates a project without a tenant, with the settings of a plan, and returns its id once Neon's work on it is done.
 * Each attempt makes one call. A create with an unknown outcome is final, unlike a tenant's: nobody waits for this
 * project, so the sweep looks for it and deletes it, and what a tenant gets was created without any doubt.
 */
export function createPoolProject(dependencies: Dependencies) {
  return async (step: TimedCreate): Promise<string> => {
    const timings = timingsOf(step);
    const before = projectCreatedSchema.optional().safeParse(attemptNotes().created).data;
    if (before === undefined) {
      const { started = [], ...created } = await create(dependencies, step);
      leaveNote({ created });
      throw operationsPending(
        created.projectId,
        ['it was told to create the project'],
        firstLook(dependencies.durations, started, timings, created.region),
      );
    }
    await refuseUnfinished(dependencies, { ...before, timings });
    return before.projectId;
  };
}

async function create(
  { neon, catalog, fleet }: Dependencies,
  step: TimedCreate,
): Promise<ProjectJustCreated> {
  const { tenant, plan: planName, name, settingsMark } = step;
  const run = poolRunOf(step);
  const plan = knownPlan(fleet, planName);
  if (settingsMarkOf(plan) !== settingsMark) throw lackingPlanAsBegun(fleet, planName);
  const known = await catalog.pool.held(run, name);
  if (known.neonId === undefined && known.createAgeMs !== undefined)
    throw failure('NeonOutcomeUnknown', `whether project "${name}" was created is not known`, {
      nonRetryable: true,
    });
  return createOnce({
    neon,
    compare: (project, asked) => refuseUnasked({ neon, catalog }, tenant, project, asked),
    timings: timingsOf(step),
    signal: cancellationSignal(),
    request: () => projectRequest(name, plan),
    ledger: {
      known,
      markPosted: (at) => catalog.pool.markCreatePosted(run, name, at, lookAgain(fleet.timings)),
      clearPosted: () => catalog.pool.clearCreatePosted(run, name),
      recordCreated: (projectId, owner) => catalog.pool.recordCreated(run, name, projectId, owner),
      recordFound: () => Promise.reject(new Error('a project of the pool is never looked for')),
    },
  }).catch((error: unknown) => {
    throw namingTheSetting(error);
  });
}
