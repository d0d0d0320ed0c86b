import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { allProjects, removeNamed, removeProjects } from './parts/remove-projects.js';

export interface OnboardTenantInput extends OperationInput {
  /** A plan's name in the worker's fleet. */
  readonly plan: string;
  /** The customer that the tenant belongs to. */
  readonly customer?: string;
  readonly reuseErased?: boolean;
}

/** The result: ids, and nothing secret. The tenant's connection string is sealed in the catalog. */
export interface OnboardedTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  readonly plan: string;
  readonly projectId: string;
  /** From the start of the run to its end. */
  readonly seconds: number;
}

/**
 * Onboards a tenant: a Neon project of its own, migrated, with a limited role; a failure leaves nothing
 * behind.
 */
export function onboardTenant(input: OnboardTenantInput): Promise<OnboardedTenant> {
  const { tenant, plan, customer, reuseErased = false } = input;
  const onboarded = (projectId: string): OnboardedTenant => ({
    id: tenant.id,
    state: 'ready',
    plan,
    projectId,
    seconds: secondsSoFar(),
  });
  return tenantOperation<StepName, OnboardedTenant>(input, {
    operation: 'onboard',
    names: ['create project', 'prepare database'],
    hookWithin: 'onboarded',
    namesAfterHook: ['publish'],
    begin: (activities, held) =>
      activities.beginOnboarding({
        ...held,
        plan,
        reuseErased,
        ...(customer === undefined ? {} : { customer }),
      }),
    nothingToDo: ({ projectId = '' }) => onboarded(projectId),
    async run({ activities, step, undo, held, begun, callHookWithin }) {
      undo.register('delete the project', async () => {
        await removeProjects(activities, held, allProjects);
        await activities.forgetProject(held);
      });
      const project = await step('create project', async () => {
        if (begun.leftover) {
          await removeProjects(activities, held, []);
          await activities.forgetProject(held);
        }
        const created = await activities.createProject({ ...held, role: 'live' });
        if (!created.ownerKnown)
          await activities.fetchOwnerCredential({ ...held, projectId: created.projectId });
        return created;
      });
      const { projectId } = project;
      const here = { ...held, projectId };
      const schemaVersion = await step('prepare database', () => activities.prepareDatabase(here));
      const called = await callHookWithin();
      await step('publish', async () => {
        // The hook may have created a login, which must not count as unknown.
        if (called) await activities.noteLogins(here);
        // A create whose answer was lost may have succeeded after all, in addition to the project that was
        // adopted or created again.
        if (project.createdAgain) await removeNamed(activities, held, project.name, projectId);
      });
      return {
        result: onboarded(projectId),
        change: { schemaVersion: schemaVersion ?? null, restricted: true },
        detail: schemaVersion === undefined ? {} : { schemaVersion },
      };
    },
  });
}

type StepName = 'create project' | 'prepare database' | 'publish';

staysOnItsBuild(onboardTenant);
