import type { RetryPolicy } from '@temporalio/common';
import { ActivityFailure, ApplicationFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { DocumentActivities } from '../activities/document-activities.js';
import type { EmbeddingActivities } from '../activities/embedding-activities.js';
import type { ModelActivities } from '../activities/model-activities.js';
import type { ReadingActivities } from '../activities/reading-activities.js';
import { workspaceGone } from './names.js';
import { firstPauseMs, longestSoonMs, soonMs } from './patience.js';

/**
 * Without end: a workspace may be suspended for months. An attempt may wake a compute, so the pauses grow beyond the five minutes after which an
 * idle one sleeps. Where an attempt wakes none, its failure asks for the next one soon (`activities/failures.ts`).
 */
const patiently = {
  initialInterval: firstPauseMs,
  maximumInterval: '10 minutes',
} as const satisfies RetryPolicy;

/** For a change of model, which ends after a while. */
const soon = { initialInterval: firstPauseMs, maximumInterval: longestSoonMs } as const satisfies RetryPolicy;

/** Moments in the workspace's database. */
const moments = { startToCloseTimeout: '1 minute', retry: patiently } as const;

export const { nextWork, publishVersion, removeDocument } = proxyActivities<DocumentActivities>(moments);

const makingAnIndex = {
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '10 seconds',
  retry: patiently,
} as const;

export const { ensureIndex } = proxyActivities<DocumentActivities>(makingAnIndex);

/**
 * So many attempts of those that come soon fail within a time, if each fails at once. By the clock, a step would fail for want of a slot too, while documents that
 * somebody waits for have them all.
 */
function attemptsIn(ms: number): number {
  let attempts = 1;
  for (let left = ms - soonMs(attempts); left >= 0; left -= soonMs(attempts)) attempts += 1;
  return attempts;
}

/** The steps of a change of model. A rollout has many workspaces to see to, so none is tried without end. */
export function modelSteps(patienceMs: number) {
  const limit = { retry: { ...soon, maximumAttempts: attemptsIn(patienceMs) } };
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
