import { CancellationScope } from '@temporalio/workflow';
import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { leaveProject } from './parts/leave-project.js';

export interface UnmovedTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  /** Where the tenant lives again. */
  readonly projectId: string;
  readonly formerProjectId: string;
  /** ISO 8601: until then the project that was left now is kept. */
  readonly undoableUntil: string;
  readonly seconds: number;
}

/**
 * Makes the project that the tenant was moved away from last its live one again, as it was then. What was written since
 * stays in the project that is left now, and is not carried back.
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
    async tell({ steps, step, undo, told, project }) {
      const former = await step('find the former project', () => steps.findFormerProject(told));
      const there = { ...told, projectId: former };
      undo.touch();
      await step('close writes', async () => {
        await steps.closeWrites(project);
        await steps.verifyWritesRefused(project);
      });
      undo.before('close the former project', () => steps.closeProject(there));
      await step('open the former project', async () => {
        await steps.openWrites(there);
        await steps.verifyWritesOpen(there);
        await steps.verifyLogins(there);
      });
      return CancellationScope.nonCancellable(async () => {
        const undoableUntil = await step('switch', () => steps.switchProject(there));
        undo.forget();
        await step('close the newer project', () => leaveProject(steps, project));
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
