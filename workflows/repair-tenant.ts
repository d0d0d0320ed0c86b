import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './tenant-operation.js';

export interface RepairedTenant {
  readonly id: TenantId;
  readonly state: 'ready' | 'suspended';
  /** What was not as it should be, in a sentence each; empty where all was well. */
  readonly mended: readonly string[];
  readonly seconds: number;
}

/**
 * Makes a tenant again what the catalog says that it is, whether an operation was cut off or somebody changed it by hand. What
 * cannot be mended leaves it in this operation's hands, with the reason.
 */
export function repairTenant(input: OperationInput): Promise<RepairedTenant> {
  const { id } = input.tenant;
  return tenantOperation(input, {
    operation: 'repair',
    copesWithLeftovers: true,
    names: ['compare and mend', 'verify role', 'look for strangers'],
    async tell({ steps, step, undo, project, begun, asBefore }) {
      undo.forget();
      const isMended = undo.cannot('mend the tenant');
      const mended = await step('compare and mend', asBefore);
      isMended();
      const state = begun.wasSuspended ? 'suspended' : 'ready';
      // Nobody can look into a database that is asleep.
      if (state === 'ready') {
        await step('verify role', () => steps.verifyAppRole(project));
        await step('look for strangers', () => steps.verifyLogins(project));
      }
      return { result: { id, state, mended, seconds: secondsSoFar() } };
    },
  });
}

staysOnItsBuild(repairTenant);
