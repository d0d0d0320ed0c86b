import { ApplicationFailure, CancelledFailure, cancellationSignal } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { TenantNotFoundError, TenantNotReadyError } from 'tenantry/client';
import { EmbedderBusyError } from '../embeddings/embedder.js';
import { EmbedderRefusedError } from '../embeddings/embedder-refused-error.js';
import { EmbedderMissingError } from '../embeddings/embedders.js';
import { workspaceGone } from '../workflows/names.js';

/**
 * What an activity fails of, in words of ours alone: an error of Postgres or of a parser may quote the document, and a failure
 * outlives it in Temporal's history. All but one are tried again without end.
 */
export function failureOf(error: unknown): unknown {
  if (error instanceof ApplicationFailure || isCancellation(error)) return error;
  if (error instanceof TenantNotFoundError) return gone();
  if (error instanceof TenantNotReadyError) {
    return isOver(error.state) ? gone() : wait('WorkspaceAway', `the workspace is ${error.state}`);
  }
  if (error instanceof EmbedderBusyError) {
    return wait('EmbedderBusy', 'the embedder asks for patience', error.retryAfterMs);
  }
  if (error instanceof EmbedderRefusedError) {
    return ApplicationFailure.retryable('the embedder refuses: are its settings right?', 'EmbedderRefused');
  }
  if (error instanceof EmbedderMissingError) return wait('EmbedderMissing', error.message);
  const code = codeOf(error);
  if (code !== undefined) return wait('DatabaseAway', `the database does not serve: ${code}`);
  return unexpected(error);
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
function wait(type: string, message: string, afterMs?: number): ApplicationFailure {
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
  if (typeof code === 'string') return code;
  // `pg` says of a connection that was lost, or was not to be had in time, in a sentence alone.
  return error instanceof Error && /^(Connection terminated|timeout exceeded)/.test(error.message)
    ? 'the connection was lost'
    : undefined;
}

function unexpected(error: unknown): ApplicationFailure {
  const name = error instanceof Error ? error.name : typeof error;
  const failure = ApplicationFailure.retryable(`a defect: ${name}`, 'Defect');
  failure.stack = error instanceof Error ? framesOf(error) : '';
  return failure;
}

/** Where it happened, without what was said. */
function framesOf({ name, message, stack = '' }: Error): string {
  const said = message === '' ? name : `${name}: ${message}`;
  return stack.startsWith(said) ? stack.slice(said.length).trimStart() : '';
}
