import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { z } from 'zod';
import { historyText } from '../../support/history-text.js';
import { ownRuns, type Rule, type Scene } from './scene.js';
import { isOpen, type Run } from './temporal-runs.js';

/** A state that passes is one in which somebody is at work. */
export const aRunIsOpen: Rule = (scene) =>
  ownRuns(scene).some(isOpen) ? [] : ['no run of it is open, and nothing asks for attention'];

/** A settled state is one in which nobody is at work. */
export const noRunIsOpen: Rule = async (scene) => {
  const found: string[] = [];
  for (const { workflowId, runId, type } of ownRuns(scene).filter(isOpen)) {
    // Temporal's lists are behind by some milliseconds.
    const { status } = await scene.t.temporal.workflow.getHandle(workflowId, runId).describe();
    if (status.name === 'RUNNING') found.push(`run ${runId} of ${type} is open, and nothing says so`);
  }
  return found;
};

/** Why the hands end a run: by a termination, or by a reset, which terminates the one that is open. */
const endsByHand: ReadonlySet<string> = new Set(['by hand', 'a bad deploy']);

/** The product terminates no run: one that is cut off undoes nothing. */
export const noRunIsCutOff: Rule = async (scene) => {
  const found: string[] = [];
  for (const run of ownRuns(scene)) {
    if (run.status !== 'TERMINATED') continue;
    const reason = await whyTerminated(scene, run);
    if (!endsByHand.has(reason)) found.push(`run ${run.runId} of ${run.type} was terminated: ${reason}`);
  }
  return found;
};

async function whyTerminated({ t }: Scene, { workflowId, runId }: Run): Promise<string> {
  const { events } = await t.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  return events?.at(-1)?.workflowExecutionTerminatedEventAttributes?.reason ?? '';
}

const ending = z.object({ state: z.string() });

/** The run that did something last, if it succeeded, has said where the tenant stands since. */
export const theLastRunAgrees: Rule = async (scene) => {
  for (const run of ownRuns(scene)) {
    if (run.status === 'FAILED' && (await isStale(scene, run))) continue;
    if (run.status !== 'COMPLETED') return [];
    const { state } = ending.parse(await resultOf(scene, run));
    const { said } = scene;
    return state === said.state ? [] : [`its last run, a ${run.type}, completed as ${state}`];
  }
  return [];
};

export const noSecretInAHistory: Rule = async ({ t, runs, witness }) => {
  const found: string[] = [];
  for (const run of runs) {
    const text = await historyText(t.temporal, run);
    if ([...witness.secrets].some((secret) => text.includes(secret)))
      found.push(`a secret is in the history of ${run.type} ${run.workflowId}, run ${run.runId}`);
  }
  return found;
};

/** They read, and change nothing: a run may do them without its tenant. */
const looks: ReadonlySet<string> = new Set([
  'checkAdoption',
  'readPlan',
  'readTimings',
  'inspectProject',
  'checkEndpoint',
  'findDatabase',
  'surveyDatabase',
  'findBranches',
  'findEndpoints',
  'readProjectSettings',
  'readComputeSettings',
]);

/**
 * A run that was reset is another run, and holds nothing unless it takes the tenant itself. Most of what it would do is mended
 * before anybody looks, by the next operation or by a repair: so its history is asked what it did.
 */
export const aResetRunDoesNothing: Rule = async (scene) => {
  const found: string[] = [];
  for (const run of ownRuns(scene)) {
    const done = await doneSinceItsReset(scene, run);
    if (done.some((activity) => activity.startsWith('begin'))) continue;
    for (const activity of done.filter((one) => !looks.has(one)))
      found.push(`run ${run.runId} of ${run.type} was reset, and did ${activity} without its tenant`);
  }
  return found;
};

/** The activities that a run has completed since it was reset; none of one that never was. */
async function doneSinceItsReset({ t }: Scene, { workflowId, runId }: Run): Promise<string[]> {
  const { events } = await t.temporal.workflow.getHandle(workflowId, runId).fetchHistory();
  const reset = proto.temporal.api.enums.v1.WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW;
  const at = (events ?? []).findLastIndex(
    ({ workflowTaskFailedEventAttributes: failed }) => failed?.cause === reset,
  );
  if (at === -1) return [];
  const scheduled = new Map(
    (events ?? []).map(({ eventId, activityTaskScheduledEventAttributes: activity }) => [
      String(eventId),
      activity?.activityType?.name ?? '',
    ]),
  );
  return (events ?? [])
    .slice(at)
    .flatMap(({ activityTaskCompletedEventAttributes: completed }) =>
      completed ? (scheduled.get(String(completed.scheduledEventId)) ?? []) : [],
    );
}

function resultOf({ t }: Scene, { workflowId, runId }: Run): Promise<unknown> {
  // Followed, a run that was reset would answer for the one that took its place.
  return t.temporal.workflow.getHandle(workflowId, runId, { followRuns: false }).result();
}

/** It did nothing: another run held the tenant. */
async function isStale(scene: Scene, run: Run): Promise<boolean> {
  try {
    await resultOf(scene, run);
    return false;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    return error.cause instanceof ApplicationFailure && error.cause.type === 'StaleRun';
  }
}
