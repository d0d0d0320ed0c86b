import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure, asyncLocalStorage, Context, type Info } from '@temporalio/activity';
import { noopMetricMeter } from '@temporalio/common';
import { pauseAfter } from '../../activities/work-time.js';

/** What stands for a workflow's run where there is none. */
export interface LoopRun {
  readonly workflowId: string;
  readonly runId: string;
}

export const newLoopRun = (): LoopRun => ({ workflowId: `loop/${randomUUID()}`, runId: randomUUID() });

const longestMs = 60_000;

const nothing = () => {};
const noLog = { log: nothing, trace: nothing, debug: nothing, info: nothing, warn: nothing, error: nothing };

/**
 * Runs an activity in this process until it succeeds: its attempts follow one another as Temporal would have them, and nothing
 * survives this process.
 */
export async function alone<T>(run: LoopRun, activityType: string, work: () => Promise<T>): Promise<T> {
  let heartbeatDetails: unknown;
  for (let attempt = 1; ; attempt += 1) {
    const context = new Context(
      infoOf(run, activityType, attempt, heartbeatDetails),
      new Promise<never>(() => {}),
      new AbortController().signal,
      (details) => {
        heartbeatDetails = details;
      },
      undefined,
      noLog,
      noopMetricMeter,
      {},
    );
    try {
      return await asyncLocalStorage.run(context, work);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || error.nonRetryable === true) throw error;
      await sleep(asyncLocalStorage.run(context, () => pauseAfter(error)));
    }
  }
}

function infoOf(run: LoopRun, activityType: string, attempt: number, heartbeatDetails: unknown): Info {
  const taskToken = new Uint8Array();
  return {
    taskToken,
    base64TaskToken: '',
    activityId: activityType,
    activityType,
    activityNamespace: 'default',
    namespace: 'default',
    workflowNamespace: 'default',
    attempt,
    isLocal: false,
    workflowExecution: run,
    workflowType: 'loop',
    scheduledTimestampMs: Date.now(),
    currentAttemptScheduledTimestampMs: Date.now(),
    scheduleToCloseTimeoutMs: longestMs,
    startToCloseTimeoutMs: longestMs,
    heartbeatTimeoutMs: longestMs,
    heartbeatDetails,
    taskQueue: 'loop',
    inWorkflow: true,
    retryPolicy: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000 },
  };
}
