import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { reachCompute } from './parts/live-compute.js';
import { reachAsOwner } from './parts/owner-login.js';
import { restoreQuota } from './parts/shut-out.js';

export interface ResumedTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  readonly seconds: number;
}

/** Lets a suspended tenant in again, with exactly the quota of its plan. */
export function resumeTenant(input: OperationInput): Promise<ResumedTenant> {
  const { id } = input.tenant;
  return tenantOperation(input, {
    operation: 'resume',
    copesWithLeftovers: true,
    hookAfter: 'resumed',
    names: ['restore the quota', 'open the login', 'verify role', 'check for unknown logins'],
    nothingToDo: () => ({ id, state: 'ready', seconds: secondsSoFar() }),
    async run({ activities, step, undo, project }) {
      undo.touch();
      await step('restore the quota', () => restoreQuota(activities, project));
      await step('open the login', async () => {
        await reachCompute(activities, project);
        await reachAsOwner(activities, project);
        await activities.mendLogins(project);
      });
      await step('verify role', () => activities.verifyAppRole(project));
      await step('check for unknown logins', () => activities.verifyLogins(project));
      return {
        result: { id, state: 'ready', seconds: secondsSoFar() },
        change: { restricted: true },
      };
    },
  });
}

staysOnItsBuild(resumeTenant);
