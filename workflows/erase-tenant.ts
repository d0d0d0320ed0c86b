import type { TenantStep } from '../activities/tenant-step.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import type { Steps } from './frame/steps.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { allProjects, removeNamed, removeProjects } from './parts/remove-projects.js';

export interface ErasedTenant {
  readonly id: TenantId;
  /** The catalog knows no such tenant any more. */
  readonly state: 'none';
  /** Projects that Neon still had, and that were deleted first. */
  readonly deletedProjectIds: readonly string[];
  readonly seconds: number;
}

/**
 * Forgets a tenant for good, once Neon has nothing of it left. Its row, secrets, resources and history go in one
 * transaction, which leaves a tombstone in their place.
 */
export function eraseTenant(input: OperationInput): Promise<ErasedTenant> {
  const { id } = input.tenant;
  return tenantOperation(input, {
    operation: 'erase',
    names: ['find projects', 'verify that none is left'],
    async tell({ steps, step, told }) {
      const deletedProjectIds = await step('find projects', () => removeEverything(steps, told));
      await step('verify that none is left', async () => {
        for (const projectId of deletedProjectIds) await steps.verifyGone({ ...told, projectId });
        // A failed onboarding may have left some, and they need not live in the catalog.
        await steps.forgetSecrets(told);
      });
      return { result: { id, state: 'none', deletedProjectIds, seconds: secondsSoFar() } };
    },
  });
}

staysOnItsBuild(eraseTenant);

/** All that Neon may have of the tenant: by every name that was ever asked for, whatever came of it then. */
async function removeEverything(steps: Steps, told: TenantStep): Promise<string[]> {
  const deleted = await removeProjects(steps, told, allProjects);
  for (const name of await steps.projectNames(told)) deleted.push(...(await removeNamed(steps, told, name)));
  return [...new Set(deleted)];
}
