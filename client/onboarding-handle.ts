import { setTimeout as sleep } from 'node:timers/promises';
import {
  ApplicationFailure,
  CancelledFailure,
  isGrpcServiceError,
  QueryRejectedError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { progressQueryName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { OnboardedTenant, onboardTenant } from '../workflows/onboard-tenant.js';
import type { Progress, StepProgress } from '../workflows/progress.js';
import { OnboardingCancelledError, OnboardingFailedError } from './errors.js';

/** A hold on one onboarding. Any process can have one, whoever started the run. */
export interface OnboardingHandle {
  readonly tenantId: TenantId;
  readonly workflowId: string;
  readonly runId: string;
  /** Every step as it begins and ends, from the first; ends when the run does. */
  progress(): AsyncIterable<StepProgress>;
  /**
   * Waits until the tenant is ready. Throws `OnboardingFailedError` or `OnboardingCancelledError` once everything
   * that the run had made is undone.
   */
  ready(): Promise<OnboardedTenant>;
  /** Asks the run to stop and undo what it did; `ready()` throws once that is done. */
  cancel(): Promise<void>;
}

/** Between two looks at a run's progress, in milliseconds. A query costs no action and leaves no event. */
const progressPollMs = 200;

export function onboardingHandle(
  tenantId: TenantId,
  runId: string,
  workflow: WorkflowHandle<typeof onboardTenant>,
): OnboardingHandle {
  return {
    tenantId,
    workflowId: workflow.workflowId,
    runId,
    progress: () => followProgress(workflow),
    async ready() {
      try {
        return await workflow.result();
      } catch (error) {
        throw error instanceof WorkflowFailedError ? outcomeOf(error, tenantId, runId) : error;
      }
    },
    async cancel() {
      await workflow.cancel();
    },
  };
}

/** Nothing is left waiting when whoever follows stops early: each look is a call of its own, with an end. */
async function* followProgress(workflow: WorkflowHandle<typeof onboardTenant>): AsyncGenerator<StepProgress> {
  const told = new Map<string, StepProgress['status']>();
  for (let over = false; !over; ) {
    // Asked before the steps are: a run that is over by then has told its last.
    over = (await workflow.describe()).status.name !== 'RUNNING';
    for (const step of await progressOf(workflow)) {
      if (step.status === 'waiting' || told.get(step.name) === step.status) continue;
      told.set(step.name, step.status);
      yield step;
    }
    if (!over) await sleep(progressPollMs);
  }
}

/** While no worker is there to answer a query, there is nothing new to tell: the run waits as well. */
async function progressOf(workflow: WorkflowHandle<typeof onboardTenant>): Promise<Progress> {
  try {
    return await workflow.query<Progress>(progressQueryName);
  } catch (error) {
    if (isGrpcServiceError(error) || error instanceof QueryRejectedError) return [];
    throw error;
  }
}

function outcomeOf({ cause }: WorkflowFailedError, tenantId: TenantId, runId: string): Error {
  if (cause instanceof CancelledFailure) {
    return new OnboardingCancelledError(
      `the onboarding of tenant "${tenantId}" was cancelled`,
      tenantId,
      runId,
    );
  }
  const reason =
    cause instanceof ApplicationFailure
      ? { type: cause.type ?? 'Unexpected', message: cause.message }
      : { type: 'Unexpected', message: cause?.message ?? 'the run ended without a reason' };
  return new OnboardingFailedError(tenantId, runId, reason);
}
