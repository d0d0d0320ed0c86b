import { CancellationScope, isCancellation, TemporalFailure } from '@temporalio/workflow';
import type { AdoptionStep } from '../activities/catalog/begin-adoption.js';
import type { DatabaseSurvey } from '../activities/database/survey-database.js';
import type { AdopteeDatabase } from '../activities/neon/inspect-adoptee.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { type Activities, activitiesOf } from './frame/activities.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { endingWith, reasonOf } from './frame/failure-reason.js';
import { ownRun } from './frame/own-run.js';
import { type Step, trackProgress } from './frame/progress.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { type AdoptionChanges, adoptionChanges } from './parts/adoption-changes.js';
import { liveBranch } from './parts/live-branch.js';

export interface AdoptInput extends OperationInput {
  readonly projectId: string;
  /** A plan's name in the worker's fleet. */
  readonly plan: string;
  /** @default the only one of the project's default branch */
  readonly database?: string;
  /** The role that owns it. @default its current owner */
  readonly owner?: string;
  /** Apply the fleet's migrations that its ledger lacks. @default false */
  readonly migrate?: boolean;
  /** Return what would be changed, and change nothing. @default false */
  readonly preview?: boolean;
  readonly reuseErased?: boolean;
}

export interface AdoptedTenant extends AdoptionChanges {
  readonly id: TenantId;
  /** `none`: it was a preview. */
  readonly state: 'ready' | 'none';
  readonly plan: string;
  readonly projectId: string;
  /** Absent if the tenant had already adopted the project. */
  readonly projectName?: string;
  readonly database?: string;
  readonly owner?: string;
  readonly seconds: number;
}

const looking = ['check the catalog', 'inspect the project', 'inspect the database'] as const;
const taking = ['fetch credential', 'migrate', 'create role', 'verify role'] as const;

interface Found extends AdopteeDatabase {
  readonly projectName: string;
  readonly survey: DatabaseSurvey;
}

/**
 * Makes an existing project a tenant's. It inspects everything first, and changes nothing that it did not
 * announce; a failure is undone, and never deletes the project.
 */
export function adoptTenant(input: AdoptInput): Promise<AdoptedTenant> {
  return ownRun(input, () => adopt(input));
}

async function adopt(input: AdoptInput): Promise<AdoptedTenant> {
  const { projectId, plan, migrate = false, preview = false, reuseErased = false } = input;
  const { tenant } = input;
  const held = { tenant, projectId, plan, reuseErased };
  const progress = trackProgress();
  const activities = activitiesOf(input.timings, { progress });
  const step = progress.plan<string>(preview ? looking : [...looking, ...taking]);
  const answer = { id: tenant.id, plan, projectId };
  const found = await orItsReason(() => look(activities, step, held, input));
  if (found === undefined)
    return { ...answer, state: 'ready', changes: [], notes: [], seconds: secondsSoFar() };
  const { survey, ...names } = found;
  const { projectName, database, owner } = names;
  const looked = { ...answer, projectName, database, owner, ...adoptionChanges(survey, migrate) };
  if (preview) return { ...looked, state: 'none', seconds: secondsSoFar() };

  return tenantOperation(input, {
    operation: 'adopt',
    names: taking,
    begin: (activities) => activities.beginAdoption({ ...held, ...names }),
    async run({ activities, step, undo, project }) {
      undo.register('forget the credentials', () => activities.forgetSecrets(project));
      await step('fetch credential', async () => {
        await activities.fetchOwnerCredential(project);
        await activities.probeDatabase(project);
      });
      // Migrating first closes the schema "public", and creating the role closes the databases.
      undo.register('drop the roles that were made', () =>
        activities.dropAppRole({
          ...project,
          openDatabases: survey.openDatabases,
          openPublic: survey.openPublic,
        }),
      );
      const migrated = await step('migrate', () =>
        migrate ? activities.migrateDatabase(project) : Promise.resolve(survey.schemaVersion),
      );
      await step('create role', () => activities.createAppRole(project));
      await step('verify role', async () => {
        await activities.verifyAppRole(project);
        await activities.verifyReach(project);
        await activities.noteLogins(project);
      });
      return {
        result: { ...looked, state: 'ready', seconds: secondsSoFar() },
        change: { schemaVersion: migrated ?? null, restricted: true },
      };
    },
  });
}

staysOnItsBuild(adoptTenant);

/**
 * Inspects everything that an adoption depends on; returns nothing if the project is already the tenant's.
 */
async function look(
  activities: Activities,
  step: Step<string>,
  held: AdoptionStep,
  { database, owner }: AdoptInput,
): Promise<Found | undefined> {
  const outlook = await step('check the catalog', () => activities.checkAdoption(held));
  if (outlook.adopted) return undefined;
  const project = await step('inspect the project', async () => {
    const projectName = await activities.inspectProject(held);
    const { id: branchId } = await liveBranch(activities, held);
    await activities.checkEndpoint({ ...held, branchId });
    const found = await activities.findDatabase({ ...held, branchId, database, owner });
    return { projectName, ...found };
  });
  const survey = await step('inspect the database', () => activities.surveyDatabase({ ...held, ...project }));
  if (survey.presentRoles.length > 0 && !outlook.leftover) {
    const message = `the database has roles of the names that the tenant's would have: ${survey.presentRoles.join(', ')}; drop them, or adopt it under another id`;
    throw endingWith({ type: 'RequestUnfit', message });
  }
  if (survey.othersThings !== undefined) {
    const message = `the tenant's role is to read and write all tables, and these are not the owner's to give: ${survey.othersThings}; make them the owner's (alter table … owner to "${project.owner}"), or grant everyone the right to`;
    throw endingWith({ type: 'RequestUnfit', message });
  }
  return { ...project, survey };
}

/** The run ends with the error of its inspection, because there is nothing to undo. */
async function orItsReason<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    if (isCancellation(error) || CancellationScope.current().consideredCancelled) throw error;
    throw endingWith(reasonOf(error));
  }
}
