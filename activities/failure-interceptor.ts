import {
  ApplicationFailure,
  CancelledFailure,
  CompleteAsyncError,
  cancellationSignal,
} from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { SealError } from '../catalog/seal.js';
import { ErasedTenantError, StaleRunError } from '../catalog/tenant.js';
import { NeonError } from '../neon/neon-error.js';
import { failure } from '../tenancy/failures.js';
import { onLines, withoutAddresses } from '../tenancy/redact.js';
import { SecretStoreError } from '../tenancy/secret-store.js';
import { isConnectionError } from './postgres-failure.js';
import { isPostgresError, wordsOf } from './postgres-words.js';

/** The one door through which failures leave an activity: whatever is thrown becomes one of the closed set. */
export const failureInterceptor: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    try {
      return await next(input);
    } catch (error) {
      throw ofShutdown() ?? failureOf(error);
    }
  },
};

/** What an attempt fails of when its worker ends is the worker's doing, and no verdict on the step. */
function ofShutdown(): CancelledFailure | undefined {
  const { aborted, reason }: { aborted: boolean; reason: unknown } = cancellationSignal();
  return aborted && reason instanceof CancelledFailure && reason.message === 'WORKER_SHUTDOWN'
    ? reason
    : undefined;
}

export function failureOf(error: unknown): unknown {
  if (error instanceof ApplicationFailure) return visible(error);
  if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error;
  if (error instanceof NeonError) {
    return failure(error.type, error.message, { details: error.details, retryAfterMs: error.retryAfterMs });
  }
  if (error instanceof StaleRunError || error instanceof ErasedTenantError)
    return failure('TenantStateConflict', error.message);
  if (error instanceof SealError) return failure('Unexpected', error.message);
  if (error instanceof SecretStoreError)
    return failure(error.passing ? 'SecretStoreUnavailable' : 'Unexpected', error.message);
  // Errors of a tenant's database were told apart where they arose, so these are the catalog's.
  if (isPostgresError(error)) return failure('CatalogUnavailable', `the catalog: ${wordsOf(error)}`);
  if (isConnectionError(error)) return failure('CatalogUnavailable', `the catalog: ${messageOf(error)}`);
  return failure('Unexpected', messageOf(error));
}

function messageOf(error: unknown): string {
  const text =
    error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no error was thrown';
  return withoutAddresses(text);
}

/** Of the user's own activities and hooks: in their own words, each visible. */
function visible(error: ApplicationFailure): ApplicationFailure {
  const message = onLines(error.message);
  if (message === error.message) return error;
  const { type, nonRetryable, details, cause, nextRetryDelay, category } = error;
  return new ApplicationFailure(message, type, nonRetryable, details, cause, nextRetryDelay, category);
}
