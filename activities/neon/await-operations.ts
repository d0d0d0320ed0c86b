import { cancellationSignal } from '@temporalio/activity';
import { listOperations, type NeonOperation, outcomeOf } from '../../neon/operations.js';
import { failure } from '../../tenancy/failures.js';
import { redact } from '../../tenancy/redact.js';
import type { Timings } from '../../tenancy/timings.js';
import type { Dependencies } from '../dependencies.js';
import { type ProjectInput, type Timed, timingsOf } from '../tenant-input.js';
import { nextLook } from './next-look.js';

export type OperationsStep = ProjectInput &
  Timed<'operationPoll' | 'operationDeadline' | 'failedOperationGrace'>;

export interface OperationsToAwait extends OperationsStep {
  /** Empty for all of the project's operations. */
  readonly operationIds: readonly string[];
}

/**
 * Asks Neon once about the project's operations. While they run, throws a retryable failure that says when to
 * look again: the server does the waiting, and each look counts against the queue's rate limit.
 */
export function awaitOperations(dependencies: Dependencies) {
  return (input: OperationsToAwait): Promise<void> =>
    refuseUnfinished(dependencies, { ...input, timings: timingsOf(input) });
}

interface Operations extends Pick<OperationsToAwait, 'projectId' | 'operationIds'> {
  /** The project's, by which durations are told apart. @default not known */
  readonly region?: string | undefined;
  readonly timings: Pick<Timings, 'operationPoll' | 'operationDeadline' | 'failedOperationGrace'>;
}

/** The same look, for a later attempt of the activity that started the operations. */
export async function refuseUnfinished(
  { neon, durations }: Pick<Dependencies, 'neon' | 'durations'>,
  { projectId, operationIds, region, timings }: Operations,
): Promise<void> {
  const listed = await listOperations(neon, projectId, cancellationSignal());
  // Without ids, all of the project's operations count; with ids, only those, because Neon starts others on
  // its own. The oldest comes first, so that the original failure precedes its consequences.
  const awaited = listed.filter(({ id }) => operationIds.length === 0 || operationIds.includes(id)).reverse();
  const outcomes = awaited.map((operation) => ({
    operation,
    outcome: outcomeOf(operation, timings.failedOperationGrace),
  }));
  for (const { operation, outcome } of outcomes)
    if (outcome === 'succeeded') durations.ended(operation, region);
  const failed = outcomes.filter(({ outcome }) => outcome === 'failed').map(({ operation }) => operation);
  if (failed.length > 0) throw operationFailed(projectId, failed, 'ended as');
  const pending = outcomes.filter(({ outcome }) => outcome === 'pending').map(({ operation }) => operation);
  const stuck = pending.filter(
    ({ created_at }) => Date.now() - Date.parse(created_at) > timings.operationDeadline,
  );
  if (stuck.length > 0) throw operationFailed(projectId, stuck, 'has been for too long');
  // The list lags behind the call that started an operation, so an unlisted operation is pending. If a
  // project has none, its first ones are not listed yet.
  const unlisted = Math.max(Math.max(operationIds.length, 1) - awaited.length, 0);
  if (pending.length === 0 && unlisted === 0) return;
  throw operationsPending(
    projectId,
    [...pending.map(asWords), ...unlistedAsWords(unlisted)],
    nextLook(durations, pending, timings, region),
  );
}

function operationFailed(projectId: string, operations: readonly NeonOperation[], how: string) {
  const told = operations.map(
    ({ id, action, status, error }) =>
      `${action} ${how} ${status}${error ? ` (${redact(error, 200)})` : ''}, Neon's operation ${id}`,
  );
  return failure('NeonOperationFailed', `Neon's work on project ${projectId} failed: ${told.join('; ')}`, {
    details: { projectId, operationIds: operations.map(({ id }) => id) },
  });
}

/** The failure that says when to look again. */
export function operationsPending(projectId: string, what: readonly string[], retryAfterMs: number) {
  return failure('NeonOperationPending', `waiting for Neon: ${what.join(', ')}`, {
    details: { projectId },
    retryAfterMs,
  });
}

export function asWords({ action, status }: NeonOperation): string {
  return `${action} is ${status}`;
}

function unlistedAsWords(unlisted: number): string[] {
  return unlisted > 0 ? [`${unlisted} not listed yet`] : [];
}
