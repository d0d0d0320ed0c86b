import type { Rollout, TenantryClient } from 'tenantry/client';
import { changeOfModel } from '../documents/ask-for-models.js';
import type { Workers } from '../documents/ask-for-work.js';
import type { ModelChangeProgress } from '../workflows/change-model.js';

/** A change of the model that has not ended, and the workspaces that are in its hands now. */
export interface ModelChange {
  readonly rollout: Rollout;
  readonly workspaces: readonly ModelChangeProgress[];
}

/** How many rollouts are looked at, and how many workspaces are shown. */
const most = { rollouts: 50, workspaces: 50 };

/**
 * The changes of the model that have not ended. How far a workspace is, its run is asked, and not its database, which may be asleep; one whose
 * run does not answer is left out.
 */
export function modelChangesIn(
  { temporal, taskQueue }: Workers,
  { fleet }: Pick<TenantryClient, 'fleet'>,
): () => Promise<ModelChange[]> {
  const under = async ({ id }: Rollout) => {
    const query = `WorkflowType = '${changeOfModel}' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`;
    const asked: Promise<ModelChangeProgress | undefined>[] = [];
    for await (const { workflowId } of temporal.workflow.list({ query, pageSize: most.workspaces })) {
      if (!workflowId.includes(`/${id}/`)) continue;
      const handle = temporal.workflow.getHandle(workflowId);
      asked.push(handle.query<ModelChangeProgress>('progress').catch(() => undefined));
      if (asked.length === most.workspaces) break;
    }
    return (await Promise.all(asked)).filter((each) => each !== undefined);
  };
  return async () => {
    const rollouts = await fleet.list({ limit: most.rollouts });
    const open = rollouts.filter(
      ({ verb, request, endedAt }) =>
        verb === 'workflow' && request.workflow === changeOfModel && endedAt === undefined,
    );
    return Promise.all(open.map(async (rollout) => ({ rollout, workspaces: await under(rollout) })));
  };
}
