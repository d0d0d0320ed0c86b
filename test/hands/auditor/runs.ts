import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { z } from 'zod';
import { historyText } from '../../support/history-text.js';
import { ownRuns, type Rule, type Scene } from './scene.js';
import { isOpen, type Run } from './temporal-runs.js';

/** A state that passes is one in which somebody is at work. */
export const aRunIsOpen: Rule = (scene) =>
  ownRuns(scene).some(isOpen) ? [] : ['no run of it is open, and nothing asks for attention'];

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
