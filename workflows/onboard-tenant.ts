import {
  CancellationScope,
  CancelledFailure,
  isCancellation,
  log,
  TemporalFailure,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { TenantStep } from '../activities/tenant-step.js';
import type { HookName } from '../tenancy/hooks.js';
import { type Stage, searchAttributeKeys } from '../tenancy/search-attributes.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Timings } from '../tenancy/timings.js';
import { staysOnItsBuild } from './build-moves.js';
import { endingWith, type FailureReason, reasonOf } from './failure-reason.js';
import { isStale, ownRun } from './own-run.js';
import { trackProgress } from './progress.js';
import { allProjects, removeNamed, removeProjects } from './remove-projects.js';
import { letGo, shielded } from './shielded.js';
import { stepsOf } from './steps.js';
import { secondsSoFar, stepName } from './tenant-operation.js';
import { createUndo } from './undo.js';
import { wantedHooks } from './wanted-hooks.js';

export interface OnboardTenantInput {
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  /** A plan's name in the worker's fleet. */
  readonly plan: string;
  readonly timings: Timings;
  readonly reuseErased?: boolean;
  /** Those of the fleet that asks. @default those of the worker that begins it */
  readonly hooks?: readonly HookName[];
}

/** What became of it: ids, and nothing secret. The tenant's connection string is sealed in the catalog. */
export interface OnboardedTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  readonly plan: string;
  readonly projectId: string;
  /** From the start of the run to the end of it. */
  readonly seconds: number;
}

const preparing = [
  'create project',
  'wait for Neon',
  'reach database',
  'migrate',
  'create role',
  'verify role',
] as const;

/** Brings a tenant up: a Neon project of its own, migrated, with a limited role; or else leaves nothing behind. */
export function onboardTenant(input: OnboardTenantInput): Promise<OnboardedTenant> {
  return ownRun(input, () => onboard(input));
}

async function onboard({
  tenant,
  plan,
  timings,
  reuseErased = false,
  hooks,
}: OnboardTenantInput): Promise<OnboardedTenant> {
  let step = trackProgress<string>([...preparing, 'publish']);
  const undo = createUndo();
  const steps = stepsOf(timings, { undo });
  const told: TenantStep = { tenant };

  // Whether the tenant was taken must be known, or nobody would let go of it: a cancellation waits for that.
  const begun = await shielded(() => steps.beginOnboarding({ ...told, plan, reuseErased }));
  if (begun.readyProjectId !== undefined) return onboarded(tenant.id, plan, begun.readyProjectId);

  try {
    undo.before('delete the project', async () => {
      await removeProjects(steps, told, allProjects);
      await steps.forgetProject(told);
    });
    const question = { operation: 'onboard', own: ['onboarded'], asked: hooks, here: begun.hooks } as const;
    const hook = (await wantedHooks(steps, told, question)).has('onboarded');
    if (hook) step = trackProgress([...preparing, stepName('onboarded'), 'publish']);
    const project = await step('create project', async () => {
      if (begun.leftover) {
        await removeProjects(steps, told, []);
        await steps.forgetProject(told);
      }
      return steps.createProject({ ...told, role: 'live' });
    });
    const { projectId } = project;
    await step('wait for Neon', async () => {
      await steps.awaitOperations({ ...told, projectId, operationIds: project.operationIds });
      if (!project.ownerKnown) await steps.fetchOwnerCredential({ ...told, projectId });
    });
    await step('reach database', () => steps.probeDatabase(told));
    const schemaVersion = await step('migrate', () => steps.migrateDatabase(told));
    await step('create role', () => steps.createAppRole(told));
    await step('verify role', () => steps.verifyAppRole(told));
    if (hook) await step(stepName('onboarded'), () => steps.runHook({ ...told, hook: 'onboarded' }));
    await step('publish', async () => {
      await steps.noteLogins({ ...told, projectId });
      // A create whose answer was lost may have been done after all, besides the one that was adopted or repeated.
      if (project.createdAgain) await removeNamed(steps, told, project.name, projectId);
      await steps.publishTenant({ ...told, schemaVersion });
    });
    enter('ready');
    return onboarded(tenant.id, plan, projectId);
  } catch (error) {
    // Any other error is a defect in this code: it fails the task, and the run goes on once that is mended.
    if (!(error instanceof TemporalFailure) || isStale(error)) throw error;
    // A step that was in hand when the run was cancelled may have ended in a failure of its own.
    const cancelled = CancellationScope.current().consideredCancelled || isCancellation(error);
    const reason: FailureReason = cancelled
      ? { type: 'Cancelled', message: 'the onboarding was cancelled' }
      : reasonOf(error);
    const left = await undo.run();
    const message = left.length === 0 ? reason.message : `${reason.message}; could not ${left.join(', ')}`;
    const held = await letGo(async () => {
      await steps.failTenant({ ...told, reason: { ...reason, message } });
      enter('failed');
    });
    log.warn('onboarding failed', { ...reason });
    if (cancelled) throw new CancelledFailure(message + held);
    throw endingWith({ ...reason, message: message + held });
  }
}

staysOnItsBuild(onboardTenant);

function enter(stage: Stage): void {
  upsertSearchAttributes([{ key: searchAttributeKeys.stage, value: stage }]);
}

function onboarded(id: TenantId, plan: string, projectId: string): OnboardedTenant {
  return { id, state: 'ready', plan, projectId, seconds: secondsSoFar() };
}
