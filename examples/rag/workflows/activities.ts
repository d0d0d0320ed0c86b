import type { RetryPolicy } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { DocumentActivities } from '../activities/document-activities.js';
import type { ModelActivities } from '../activities/model-activities.js';
import type { ProcessorActivities } from '../activities/processor-activities.js';
import { workspaceGone } from './names.js';

/** Without end: a workspace may be suspended for months. What waits looks again every few seconds. */
const patiently: RetryPolicy = { initialInterval: 200, maximumInterval: 5_000 };

/** Moments in the workspace's database. */
const moments = { startToCloseTimeout: '1 minute', retry: patiently } as const;

export const { nextWork, publishVersion, removeDocument } = proxyActivities<DocumentActivities>(moments);

export const models = proxyActivities<ModelActivities>(moments);

export const { ensureIndex } = proxyActivities<DocumentActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: patiently,
});

/** What takes the processor, beside the queue of the workflows. */
export function processor() {
  return proxyActivities<ProcessorActivities>({
    taskQueue: `${workflowInfo().taskQueue}-embeddings`,
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '10 seconds',
    retry: patiently,
  });
}

/** Does what is to be done in a workspace; nothing once it is gone. */
export async function unlessGone(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const gone =
      error instanceof ActivityFailure &&
      error.cause instanceof ApplicationFailure &&
      error.cause.type === workspaceGone;
    if (!gone) throw error;
  }
}
