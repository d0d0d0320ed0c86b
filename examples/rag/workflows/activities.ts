import type { RetryPolicy } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { DocumentActivities } from '../activities/document-activities.js';
import type { EmbeddingActivities } from '../activities/embedding-activities.js';
import type { ModelActivities } from '../activities/model-activities.js';
import type { ReadingActivities } from '../activities/reading-activities.js';
import { workspaceGone } from './names.js';

/** Without end: a workspace may be suspended for months. What waits looks again every few seconds. */
const patiently: RetryPolicy = { initialInterval: 200, maximumInterval: 5_000 };

/** Moments in the workspace's database. */
const moments = { startToCloseTimeout: '1 minute', retry: patiently } as const;

export const { nextWork, publishVersion, removeDocument } = proxyActivities<DocumentActivities>(moments);

const makingAnIndex = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: patiently,
} as const;

export const { ensureIndex } = proxyActivities<DocumentActivities>(makingAnIndex);

/** The steps of a change of model. A rollout has many workspaces to see to, so each step is tried for so many milliseconds only. */
export function modelSteps(patienceMs: number) {
  const limit = { scheduleToCloseTimeout: patienceMs };
  const { ensureIndex } = proxyActivities<DocumentActivities>({ ...makingAnIndex, ...limit });
  const { embedNextOfModel } = proxyActivities<EmbeddingActivities>({ ...onQueue('embeddings'), ...limit });
  const moment = proxyActivities<ModelActivities>({ ...moments, ...limit });
  const { startModel, modelProgress, switchModel, dropLeavingModels } = moment;
  return { startModel, modelProgress, embedNextOfModel, ensureIndex, switchModel, dropLeavingModels };
}

export function reading() {
  return proxyActivities<ReadingActivities>(onQueue('reading'));
}

export function embedding() {
  return proxyActivities<EmbeddingActivities>(onQueue('embeddings'));
}

/** What takes the processor, beside the queue of the workflows. */
function onQueue(name: 'reading' | 'embeddings') {
  return {
    taskQueue: `${workflowInfo().taskQueue}-${name}`,
    startToCloseTimeout: '10 minutes',
    heartbeatTimeout: '10 seconds',
    retry: patiently,
  } as const;
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
