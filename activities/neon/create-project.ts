import { cancellationSignal } from '@temporalio/activity';
import { type NeonOperation, outcomeOf } from '../../neon/operations.js';
import { nextProjectName, projectName } from '../../tenancy/naming.js';
import type { Timings } from '../../tenancy/timings.js';
import { attemptNotes, leaveNote } from '../attempt-notes.js';
import { soundMigrations } from '../database/sound-migrations.js';
import type { Dependencies } from '../dependencies.js';
import { knownPlan } from '../known-plan.js';
import { knownTenant } from '../known-tenant.js';
import { type TenantInput, type Timed, timingsOf, writerOf } from '../tenant-input.js';
import { operationsPending, refuseUnfinished } from './await-operations.js';
import {
  createOnce,
  type ProjectCreated,
  type ProjectJustCreated,
  projectCreatedSchema,
} from './create-once.js';
import { refuseUnasked } from './foreign-project.js';
import { lookAgain } from './look-again.js';
import { namingTheSetting } from './naming-the-setting.js';
import { firstLook } from './next-look.js';
import { projectRequest } from './project-request.js';
import { takeFromPool } from './take-from-pool.js';

/** A project to create for the tenant. */
export interface ProjectToCreate extends TenantInput {
  /** `next`: the project that this run moves the tenant to. */
  readonly role: 'live' | 'next';
  /** Neon's id of the region. @default the region of the tenant's plan */
  readonly region?: string;
}

type TimedCreate = ProjectToCreate &
  Timed<'createGrace' | 'operationPoll' | 'operationDeadline' | 'failedOperationGrace'>;

/**
 * Creates a project exactly once, with the settings of the tenant's plan and the names of its database, and
 * returns only when Neon's work on it is done. Each attempt makes one call: the first creates, the later ones
 * look, of which the first comes when such work has usually ended. A new tenant of a plan with a pool gets a project
 * that was made ahead, if one fits.
 */
export function createProject(dependencies: Dependencies) {
  return async (step: TimedCreate): Promise<Omit<ProjectCreated, 'operationIds' | 'region'>> => {
    const timings = timingsOf(step);
    const before = projectCreatedSchema.optional().safeParse(attemptNotes().created).data;
    if (before === undefined) {
      const { started, ...created } = await takeOrCreate(dependencies, step);
      leaveNote({ created });
      if (started?.every((operation) => hasEnded(operation, timings))) return withoutOperations(created);
      throw operationsPending(
        created.projectId,
        ['it was told to create the project'],
        firstLook(dependencies.durations, started ?? [], timings, created.region),
      );
    }
    await refuseUnfinished(dependencies, { ...before, timings });
    return withoutOperations(before);
  };
}

function hasEnded(
  operation: NeonOperation,
  { failedOperationGrace }: Pick<Timings, 'failedOperationGrace'>,
): boolean {
  return outcomeOf(operation, failedOperationGrace) === 'succeeded';
}

/** The result, which a history keeps: what only attempts need of each other is not in it. */
function withoutOperations({ operationIds: _, region: __, ...created }: ProjectCreated) {
  return created;
}

async function takeOrCreate(dependencies: Dependencies, step: TimedCreate): Promise<ProjectJustCreated> {
  const { neon, catalog, fleet } = dependencies;
  const { tenant, role, region } = step;
  const writer = writerOf(step);
  // A folder with flawed migrations is refused before there is a project that would have to be deleted.
  if (role === 'live' && fleet.migrations !== undefined) await soundMigrations(fleet.migrations);
  const installation = await catalog.installation();
  const name =
    role === 'live'
      ? projectName(fleet.name, tenant.id, installation)
      : nextProjectName(fleet.name, tenant.id, installation, writer.runId);
  const { plan, databaseName, ownerRole } = await knownTenant(catalog, tenant);
  // Before any request to Neon.
  const known = await catalog.projects.intend(writer, name, role);
  const taken =
    role === 'live' && region === undefined
      ? await takeFromPool(dependencies, writer, { plan, known })
      : undefined;
  if (taken !== undefined) return taken;
  return createOnce({
    neon,
    compare: (project, asked) => refuseUnasked({ neon, catalog }, tenant, project, asked),
    timings: timingsOf(step),
    signal: cancellationSignal(),
    request() {
      const request = projectRequest(name, knownPlan(fleet, plan));
      return {
        ...request,
        ...(region === undefined ? {} : { region_id: region }),
        branch: { ...request.branch, database_name: databaseName, role_name: ownerRole },
      };
    },
    ledger: {
      known,
      markPosted: (at) => catalog.projects.markCreatePosted(writer, name, at, lookAgain(fleet.timings)),
      clearPosted: (outcome) => catalog.projects.clearCreatePosted(writer, name, outcome),
      recordCreated: (projectId, owner) => catalog.projects.recordCreated(writer, name, projectId, owner),
      recordFound: (projectId) => catalog.projects.recordProject(writer, name, projectId),
    },
  }).catch((error: unknown) => {
    throw namingTheSetting(error);
  });
}
