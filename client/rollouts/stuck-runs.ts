import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Rollout, Rollouts } from '../../catalog/rollouts.js';
import { rolloutMemberId } from '../../tenancy/naming.js';
import { goesOnByItself, isOperation } from '../../tenancy/rollout.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import type { Visibility } from '../../tenancy/visibility.js';
import { TemporalUnreachableError } from '../errors.js';
import { reachTemporal } from '../reach-temporal.js';

/** What finding a rollout's runs requires. */
export interface RunsKnown {
  readonly temporal: Client;
  readonly rollouts: Pick<Rollouts, 'members'>;
  /** What identifies a tenant in its runs, if it is not the default. */
  readonly visibility: (id: TenantId) => Promise<Visibility | undefined>;
}

/** The number of running tenants that are checked: if no worker knows a workflow, it begins with none of them. */
const looked = 3;

/**
 * Why a user-defined workflow makes no progress with a rollout's tenants, in a sentence: no worker knows its type, or
 * every attempt of a task fails, which Temporal repeats forever without a result. `undefined` when it makes progress,
 * when that is unknown, and for operations.
 */
export async function whyRunsAreStuck(
  { temporal, rollouts, visibility }: RunsKnown,
  { fleet, id, verb, request, state }: Pick<Rollout, 'fleet' | 'id' | 'verb' | 'request' | 'state'>,
): Promise<string | undefined> {
  if (isOperation(verb) || !goesOnByItself(state)) return undefined;
  const members = await rollouts.members(fleet, id, { states: ['running'], limit: looked });
  for (const { tenantId } of members) {
    const shown = await visibility(tenantId);
    const workflowId = rolloutMemberId(fleet, id, tenantId, shown?.tenant);
    try {
      const failure = await reachTemporal(temporal, () => repeatedFailure(temporal, workflowId));
      if (failure !== undefined)
        return `its workflow ${request.workflow} does not get on with ${tenantId}: ${failure.message}; tried ${failure.attempts} times`;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) continue;
      if (error instanceof TemporalUnreachableError) return undefined;
      throw error;
    }
  }
  return undefined;
}

/** The failure that a run's current task repeats. */
async function repeatedFailure(
  temporal: Client,
  workflowId: string,
): Promise<{ readonly message: string; readonly attempts: number } | undefined> {
  const handle = temporal.workflow.getHandle(workflowId);
  const attempts = (await handle.describe()).raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempts < 2) return undefined;
  // Temporal only records the first of these failures, followed by the current attempt.
  const { events } = await handle.fetchHistory();
  const last = events?.findLast(
    (event) => event.workflowTaskFailedEventAttributes ?? event.workflowTaskCompletedEventAttributes,
  );
  const message = last?.workflowTaskFailedEventAttributes?.failure?.message;
  return message ? { message, attempts } : undefined;
}
