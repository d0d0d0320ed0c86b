import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './build-moves.js';
import { removeForGood } from './remove-for-good.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './tenant-operation.js';

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
    names: ['look for projects', 'see that none is left'],
    async tell({ steps, step, told }) {
      const deletedProjectIds = await step('look for projects', () => removeForGood(steps, told));
      await step('see that none is left', async () => {
        for (const projectId of deletedProjectIds) await steps.verifyGone({ ...told, projectId });
        // A failed onboarding may have left some, and they need not live in the catalog.
        await steps.forgetSecrets(told);
      });
      return { result: { id, state: 'none', deletedProjectIds, seconds: secondsSoFar() } };
    },
  });
}

staysOnItsBuild(eraseTenant);
