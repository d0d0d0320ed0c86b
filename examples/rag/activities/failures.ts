import { ApplicationFailure, activityInfo, CancelledFailure, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { TenantNotFoundError, TenantNotReadyError } from 'tenantry/client';
import { databaseTroubleOf } from '../database/database-trouble.js';
import { causeOf, type WaitCause } from '../documents/wait-cause.js';
import { EmbedderBusyError } from '../embeddings/embedder.js';
import { EmbedderRefusedError } from '../embeddings/embedder-refused-error.js';
import { EmbedderMissingError } from '../embeddings/embedders.js';
import { workspaceGone } from '../workflows/names.js';
import { soonMs } from '../workflows/patience.js';

/**
 * What an activity fails of, in words of ours alone: an error of Postgres or of a parser may quote the document, and a failure
 * outlives it in Temporal's history. All but one are tried again without end.
 */
export function failureOf(error: unknown): unknown {
  if (error instanceof ApplicationFailure || isCancellation(error)) return error;
  if (error instanceof TenantNotFoundError) return gone();
  if (error instanceof TenantNotReadyError) {
    return isOver(error.state)
      ? gone()
      : wait('WorkspaceAway', `the workspace is ${error.state}`, soonAtFirst());
  }
  if (error instanceof EmbedderBusyError) {
    return wait('EmbedderBusy', 'the embedder asks for patience', error.retryAfterMs);
  }
  if (error instanceof EmbedderRefusedError) {
    const refused: WaitCause = 'EmbedderRefused';
    return ApplicationFailure.retryable('the embedder refuses: are its settings right?', refused);
  }
  if (error instanceof EmbedderMissingError) return wait('EmbedderMissing', error.message);
  const trouble = databaseTroubleOf(error);
  const code = codeOf(error);
  if (trouble === undefined && code === undefined) return unexpected(error);
  // One that is full serves, and would be kept awake by being asked; so would one that lacks a table.
  const isAway = trouble !== undefined && trouble !== 'full';
  return wait(
    causeOf[trouble ?? 'away'],
    `the database does not serve: ${code ?? 'the connection was lost'}`,
    isAway ? soonAtFirst() : undefined,
  );
}

/** So many attempts take ten minutes: what passes is over by then, and each attempt costs a little. */
const soonUpTo = 120;

/** What passes within minutes, and wakes no compute, is looked at again within seconds. After a while as the policy of retries says. */
function soonAtFirst(): number | undefined {
  const { attempt } = activityInfo();
  return attempt <= soonUpTo ? soonMs(attempt) : undefined;
}

/** The cancellation itself: what else fails meanwhile may quote the document as before. */
function isCancellation(error: unknown): boolean {
  const { aborted, reason } = cancellationSignal();
  return aborted && (error === reason || error instanceof CancelledFailure || isAbort(error));
}

const isAbort = (error: unknown) => error instanceof Error && error.name === 'AbortError';

const isOver = (state: string) => state === 'offboarded' || state === 'erasing';

const gone = () => ApplicationFailure.nonRetryable('the workspace is gone', workspaceGone);

/** An expected wait, which no alarm is to be raised for. */
function wait(type: WaitCause, message: string, afterMs?: number): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    category: ApplicationFailureCategory.BENIGN,
    // Of no delay at all Temporal makes no further attempt.
    ...(afterMs === undefined ? {} : { nextRetryDelay: Math.max(1, afterMs) }),
  });
}

/** An SQLSTATE, or what Node calls a failure of the network. */
function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

function unexpected(error: unknown): ApplicationFailure {
  const name = error instanceof Error ? error.name : typeof error;
  const defect: WaitCause = 'Defect';
  const failure = ApplicationFailure.retryable(`a defect: ${name}`, defect);
  failure.stack = error instanceof Error ? framesOf(error) : '';
  return failure;
}

/** Where it happened, without what was said. */
function framesOf({ name, message, stack = '' }: Error): string {
  const said = message === '' ? name : `${name}: ${message}`;
  return stack.startsWith(said) ? stack.slice(said.length).trimStart() : '';
}
