import type { changeModel } from '../workflows/change-model.js';
import type { changeModels } from '../workflows/change-models.js';
import { changeModelId, changeModelsId, fairnessKey } from '../workflows/names.js';
import type { Workers } from './ask-for-work.js';

/** Starts a workspace's change to the newest model, or joins the one that is under way. */
export function startModelChange({ temporal, taskQueue }: Workers, tenantId: string) {
  return temporal.workflow.start<typeof changeModel>('changeModel', {
    workflowId: changeModelId({ tenantId }),
    taskQueue,
    args: [{ tenantId }],
    workflowIdConflictPolicy: 'USE_EXISTING',
    priority: { fairnessKey: fairnessKey(tenantId), priorityKey: 4 },
  });
}

/** The same for every workspace, a few at a time. */
export function startModelChanges({ temporal, taskQueue }: Workers) {
  return temporal.workflow.start<typeof changeModels>('changeModels', {
    workflowId: changeModelsId,
    taskQueue,
    args: [{}],
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}
