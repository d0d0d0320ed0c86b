import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import type { Undo } from './frame/undo.js';

export interface RepairedTenant {
  readonly id: TenantId;
  readonly state: 'ready' | 'suspended';
  /** What was wrong, one sentence each; empty if all was well. */
  readonly mended: readonly string[];
  readonly seconds: number;
}

type StepName = 'compare and repair' | 'verify role' | 'check for unknown logins' | 'read the ledger';

/**
 * Brings a tenant back into the state that the catalog says, after an operation was cut off or somebody
 * changed the tenant by hand. If the repair fails, the tenant stays in this operation's hands, with the
 * reason.
 */
export function repairTenant(input: OperationInput): Promise<RepairedTenant> {
  const { id } = input.tenant;
  return tenantOperation<StepName, RepairedTenant>(input, {
    operation: 'repair',
    copesWithLeftovers: true,
    names: ['compare and repair', 'verify role', 'check for unknown logins', 'read the ledger'],
    async run({ activities, step, undo, project, begun, asBefore }) {
      const mended = await orInHand(undo, () => step('compare and repair', asBefore));
      const answer = () => ({ id, mended, seconds: secondsSoFar() });
      // Nobody can look into a database that is asleep.
      if (begun.wasSuspended) return { result: { ...answer(), state: 'suspended' } };
      await step('verify role', () => activities.verifyAppRole(project));
      await step('check for unknown logins', () => activities.verifyLogins(project));
      const schemaVersion = await step('read the ledger', () => activities.readSchemaVersion(project));
      return {
        result: { ...answer(), state: 'ready' },
        change: { schemaVersion: schemaVersion ?? null },
      };
    },
  });
}

staysOnItsBuild(repairTenant);

/**
 * After a cancellation the undo completes the repair, because half a repair helps nobody. After a failure the
 * repair can go no further.
 */
async function orInHand<T>(undo: Undo, mend: () => Promise<T>): Promise<T> {
  undo.touch();
  try {
    const mended = await mend();
    undo.commit();
    return mended;
  } catch (error) {
    if (!isCancellation(error) && !CancellationScope.current().consideredCancelled) {
      undo.commit();
      undo.cannot('repair the tenant');
    }
    throw error;
  }
}
