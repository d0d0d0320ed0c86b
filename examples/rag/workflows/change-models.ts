import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  continueAsNew,
  defineQuery,
  ParentClosePolicy,
  setHandler,
  sleep,
  startChild,
} from '@temporalio/workflow';
import { models } from './activities.js';
import { changeModel } from './change-model.js';
import { changeModelId, fairnessKey } from './names.js';

/** How many of the workspaces have had their turn. */
export const modelsProgress = defineQuery<{ done: number; of: number }>('progress');

const atOnce = 4;

/** After that a workspace goes on by itself, and the next one has its turn: it may have been suspended meanwhile. */
const patience = '10 minutes';

interface Turn {
  readonly after?: string | undefined;
  readonly done?: number;
}

/** Changes the model of every workspace, a few at a time. One that cannot be worked in now changes when it can be. */
export async function changeModels({ after, done = 0 }: Turn = {}): Promise<void> {
  const progress = { done, of: 0 };
  setHandler(modelsProgress, () => progress);
  const { workspaces, next, of } = await models.workspacesAfter({ after });
  progress.of = of;

  const waiting = [...workspaces];
  const lane = async () => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
      await change(each);
      progress.done += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  if (next !== undefined) await continueAsNew<typeof changeModels>({ after: next, done: progress.done });
}

async function change({ tenantId, awake }: { tenantId: string; awake: boolean }): Promise<void> {
  try {
    const child = await startChild(changeModel, {
      workflowId: changeModelId({ tenantId }),
      args: [{ tenantId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // Documents that somebody waits for come first.
      priority: { fairnessKey: fairnessKey(tenantId), priorityKey: 4 },
    });
    if (awake) await Promise.race([child.result(), sleep(patience)]);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
