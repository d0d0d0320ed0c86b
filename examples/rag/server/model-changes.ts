import type { Workers } from '../documents/ask-for-work.js';
import type { ModelProgress } from '../documents/models.js';

/** A workspace whose passages are getting vectors of the newest model, as far as that has come. */
export interface ModelChange extends Partial<ModelProgress> {
  readonly tenantId: string;
}

const most = 50;

/**
 * The changes that are under way, asked of their runs and not of the databases, which may be asleep. How far one has come is left out
 * where its run does not answer.
 */
export function modelChangesIn({ temporal, taskQueue }: Workers): () => Promise<ModelChange[]> {
  return async () => {
    const query = `WorkflowType = 'changeModel' AND ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}'`;
    const changes: Promise<ModelChange>[] = [];
    for await (const { workflowId } of temporal.workflow.list({ query, pageSize: most })) {
      const handle = temporal.workflow.getHandle(workflowId);
      const tenantId = workflowId.slice(workflowId.indexOf('/') + 1);
      changes.push(
        handle.query<ModelProgress>('progress').then(
          (progress) => ({ tenantId, ...progress }),
          () => ({ tenantId }),
        ),
      );
      if (changes.length === most) break;
    }
    return Promise.all(changes);
  };
}
