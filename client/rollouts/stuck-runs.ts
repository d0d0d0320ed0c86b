import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Rollout, Rollouts } from '../../catalog/rollouts.js';
import { rolloutMemberId } from '../../tenancy/naming.js';
import { goesOnByItself, isOperation } from '../../tenancy/rollout.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import type { Visibility } from '../../tenancy/visibility.js';
import { TemporalUnreachableError } from '../errors.js';
import { reachTemporal } from '../reach-temporal.js';

/** What the runs of a rollout are looked for with. */
export interface RunsKnown {
  readonly temporal: Client;
  readonly rollouts: Pick<Rollouts, 'members'>;
  /** What runs show of a tenant, where that is not as usual. */
  readonly visibility: (id: TenantId) => Promise<Visibility | undefined>;
}

/** So many of the tenants that are under way are looked at: a workflow that no worker knows does not begin with any of them. */
const looked = 3;

/**
 * Why a workflow of the user's does not get on with the tenants of a rollout, in a sentence: no worker knows its type, or it fails at each try of
 * a task, which Temporal repeats for ever and which no result tells. Nothing where it gets on, where that cannot be known, and of operations.
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

/** What the task in hand of a run fails of, again and again. */
async function repeatedFailure(
  temporal: Client,
  workflowId: string,
): Promise<{ readonly message: string; readonly attempts: number } | undefined> {
  const handle = temporal.workflow.getHandle(workflowId);
  const attempts = (await handle.describe()).raw.pendingWorkflowTask?.attempt ?? 0;
  if (attempts < 2) return undefined;
  // Temporal notes the first of these failures alone, and shows the try in hand behind it.
  const { events } = await handle.fetchHistory();
  const last = events?.findLast(
    (event) => event.workflowTaskFailedEventAttributes ?? event.workflowTaskCompletedEventAttributes,
  );
  const message = last?.workflowTaskFailedEventAttributes?.failure?.message;
  return message ? { message, attempts } : undefined;
}
