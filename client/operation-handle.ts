import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  CancelledFailure,
  isGrpcServiceError,
  QueryRejectedError,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { FailureReason } from '../catalog/schema.js';
import { detailsOf, type FailureType } from '../tenancy/failures.js';
import type { TenantOperation } from '../tenancy/lifecycle.js';
import { progressQueryName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Progress, StepProgress } from '../workflows/progress.js';
import { OperationCancelledError, OperationFailedError } from './errors.js';

/** A handle on one operation of a tenant. Any process can have one, whoever started the run. */
export interface OperationHandle<Result> {
  readonly operation: TenantOperation;
  readonly tenantId: TenantId;
  readonly workflowId: string;
  readonly runId: string;
  /** Every step as it begins, waits for a worker of another release, and ends, from the first; ends when the run does. */
  progress(): AsyncIterable<StepProgress>;
  /**
   * Waits until the operation is done. Throws `OperationFailedError` or `OperationCancelledError` once everything that
   * the run had made is undone.
   */
  result(): Promise<Result>;
  /** Asks the run to stop and undo what it did; `result()` throws once that is done. */
  cancel(): Promise<void>;
}

/** Between two looks at a run's progress, in milliseconds. A query costs no action and leaves no event. */
const progressPollMs = 200;

export function operationHandle<Result>(
  operation: TenantOperation,
  tenantId: TenantId,
  workflow: WorkflowHandle<(...args: unknown[]) => Promise<Result>>,
  runId: string,
): OperationHandle<Result> {
  const result = async (): Promise<Result> => {
    try {
      return await workflow.result();
    } catch (error) {
      throw error instanceof WorkflowFailedError ? outcomeOf(error, operation, tenantId, runId) : error;
    }
  };
  return {
    operation,
    tenantId,
    workflowId: workflow.workflowId,
    runId,
    progress: () => followProgress(workflow),
    result,
    async cancel() {
      await workflow.cancel();
    },
  };
}

/** Nothing is left waiting when whoever follows stops early: each look is a call of its own, with an end. */
async function* followProgress(workflow: Pick<WorkflowHandle, 'describe' | 'query'>) {
  const told = new Map<string, string>();
  for (let over = false; !over; ) {
    // Asked before the steps are: a run that is over by then has told its last.
    const run = await workflow.describe();
    over = run.status.name !== 'RUNNING';
    const waitingFor = workerWaitedFor(run);
    for (const step of await progressOf(workflow)) {
      const waits = step.status === 'running' && waitingFor !== undefined;
      const known = waits ? 'waiting for a worker' : step.status;
      if (step.status === 'waiting' || told.get(step.name) === known) continue;
      told.set(step.name, known);
      yield waits ? { ...step, waitingFor } : step;
    }
    if (!over) await sleep(progressPollMs);
  }
}

/** In the words of the attempt that was refused last; in words of ours where Temporal keeps only their encryption. */
function workerWaitedFor({ raw }: WorkflowExecutionDescription): string | undefined {
  const refusals = (raw.pendingActivities ?? []).map(({ lastFailure }) => lastFailure);
  const refusal = refusals.find((last) => waitsForAWorker.has(last?.applicationFailureInfo?.type ?? ''));
  if (refusal == null) return undefined;
  const encrypted = refusal.encodedAttributes != null;
  return encrypted ? 'waiting for a worker of another release' : (refusal.message ?? '');
}

const waitsForAWorker: ReadonlySet<string> = new Set<FailureType>([
  'UnknownPlan',
  'UnknownHook',
  'ForeignFleet',
]);

/** While no worker is there to answer a query, there is nothing new to tell: the run waits as well. */
async function progressOf(workflow: Pick<WorkflowHandle, 'query'>): Promise<Progress> {
  try {
    return await workflow.query<Progress>(progressQueryName);
  } catch (error) {
    if (isGrpcServiceError(error) || error instanceof QueryRejectedError) return [];
    throw error;
  }
}

function outcomeOf(
  { cause }: WorkflowFailedError,
  operation: TenantOperation,
  tenantId: TenantId,
  runId: string,
): Error {
  if (cause instanceof CancelledFailure) return new OperationCancelledError(tenantId, runId, operation);
  const message = cause?.message ?? 'the run ended without a reason';
  const reason = cause instanceof ApplicationFailure ? reasonIn(cause) : { type: 'Unexpected', message };
  return new OperationFailedError(tenantId, runId, operation, reason);
}

function reasonIn(failure: ApplicationFailure): FailureReason {
  const { type, message } = failure;
  const { requestId } = detailsOf(failure);
  return {
    type: type ?? 'Unexpected',
    message,
    ...(requestId === undefined ? {} : { requestId }),
  };
}
