import type { TenantInput } from '../activities/tenant-input.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Activities } from './frame/activities.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { allProjects, removeNamed, removeProjects } from './parts/remove-projects.js';

export interface ErasedTenant {
  readonly id: TenantId;
  /** The catalog no longer knows the tenant. */
  readonly state: 'none';
  /** Projects that Neon still had, and that were deleted first. */
  readonly deletedProjectIds: readonly string[];
  readonly seconds: number;
}

/**
 * Erases a tenant for good, once Neon has nothing of it left. Its row, secrets, resources and history go in
 * one transaction, which leaves a tombstone in their place.
 */
export function eraseTenant(input: OperationInput): Promise<ErasedTenant> {
  const { id } = input.tenant;
  return tenantOperation(input, {
    operation: 'erase',
    names: ['find projects', 'verify that none is left'],
    async run({ activities, step, held }) {
      const deletedProjectIds = await step('find projects', () => removeEverything(activities, held));
      await step('verify that none is left', async () => {
        for (const projectId of deletedProjectIds) await activities.verifyGone({ ...held, projectId });
        // A failed onboarding may have left secrets, and a secret store outside the catalog may hold them.
        await activities.forgetSecrets(held);
      });
      return { result: { id, state: 'none', deletedProjectIds, seconds: secondsSoFar() } };
    },
  });
}

staysOnItsBuild(eraseTenant);

/**
 * Deletes everything that Neon may have of the tenant: by every name that was ever requested, whatever the
 * outcome.
 */
async function removeEverything(activities: Activities, held: TenantInput): Promise<string[]> {
  const deleted = await removeProjects(activities, held, allProjects);
  for (const name of await activities.projectNames(held))
    deleted.push(...(await removeNamed(activities, held, name)));
  return [...new Set(deleted)];
}
