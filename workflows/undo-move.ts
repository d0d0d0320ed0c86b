import { CancellationScope } from '@temporalio/workflow';
import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { leaveProject } from './parts/leave-project.js';

export interface UnmovedTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  /** The tenant's project, as before the move. */
  readonly projectId: string;
  readonly formerProjectId: string;
  /** ISO 8601: until then the project that the tenant leaves now is kept. */
  readonly undoableUntil: string;
  readonly seconds: number;
}

/**
 * Makes the project that the tenant last moved away from the live one again, with the data it had then. Data
 * written since stays in the project that the tenant leaves now, and is not copied back.
 */
export function undoMove(input: OperationInput): Promise<UnmovedTenant> {
  const { id } = input.tenant;
  return tenantOperation(input, {
    operation: 'undoMove',
    names: [
      'find the former project',
      'close writes',
      'open the former project',
      'switch',
      'close the newer project',
    ],
    async run({ activities, step, undo, held, project }) {
      const former = await step('find the former project', () => activities.findFormerProject(held));
      const there = { ...held, projectId: former };
      undo.touch();
      await step('close writes', async () => {
        await activities.closeWrites(project);
        await activities.verifyWritesRefused(project);
      });
      undo.register('close the former project', () => activities.closeProject(there));
      await step('open the former project', async () => {
        await activities.openWrites(there);
        await activities.verifyWritesOpen(there);
        await activities.verifyLogins(there);
      });
      return CancellationScope.nonCancellable(async () => {
        const undoableUntil = await step('switch', () => activities.switchProject(there));
        undo.commit();
        await step('close the newer project', () => leaveProject(activities, project));
        return {
          change: { restricted: true },
          result: {
            id,
            state: 'ready',
            projectId: former,
            formerProjectId: project.projectId,
            undoableUntil,
            seconds: secondsSoFar(),
          },
        };
      });
    },
  });
}

staysOnItsBuild(undoMove);
