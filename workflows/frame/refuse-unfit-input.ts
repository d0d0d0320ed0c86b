import { workflowInfo } from '@temporalio/workflow';
import { runInputProblem } from '../../tenancy/run-input.js';
import { textProblem } from '../../tenancy/storable.js';
import { endingWith } from './failure-reason.js';

/** Throws `RequestUnfit` for input that the catalog could not store. Call it first, before any other work. */
export function refuseUnfitInput(input: unknown): void {
  const problem = runInputProblem(input) ?? textProblem(workflowInfo().workflowId, "the workflow's id");
  if (problem !== undefined) throw endingWith({ type: 'RequestUnfit', message: problem });
}
