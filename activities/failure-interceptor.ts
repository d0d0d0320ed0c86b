import {
  ApplicationFailure,
  CancelledFailure,
  CompleteAsyncError,
  cancellationSignal,
} from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import { UnstorableTextError } from '../catalog/dialect.js';
import { NameTakenError } from '../catalog/name-taken.js';
import { SealError } from '../catalog/seal.js';
import { ErasedTenantError, StaleRunError, TenantRecordError } from '../catalog/tenant.js';
import { NeonError } from '../neon/neon-error.js';
import { failure } from '../tenancy/failures.js';
import { onLines, withoutAddresses } from '../tenancy/redact.js';
import { SecretStoreError } from '../tenancy/secret-store.js';
import { catalogFailure } from './catalog-failure.js';
import { told } from './postgres-failure.js';
import { isPostgresError } from './postgres-words.js';

/** Who wrote the activity. Only in one of ours is a Postgres error known to be the catalog's. */
export type Whose = 'ours' | 'theirs';

/** The one place where failures leave an activity: every error becomes one of the closed set. */
export function failureInterceptor(whose: Whose): ActivityInboundCallsInterceptor {
  return {
    async execute(input, next) {
      try {
        return await next(input);
      } catch (error) {
        throw ofShutdown() ?? failureOf(error, whose);
      }
    },
  };
}

/** A failure during the worker's shutdown is caused by the shutdown, and says nothing about the step. */
function ofShutdown(): CancelledFailure | undefined {
  const { aborted, reason }: { aborted: boolean; reason: unknown } = cancellationSignal();
  return aborted && reason instanceof CancelledFailure && reason.message === 'WORKER_SHUTDOWN'
    ? reason
    : undefined;
}

export function failureOf(error: unknown, whose: Whose = 'ours'): unknown {
  if (error instanceof ApplicationFailure) return visible(error);
  if (error instanceof CancelledFailure || error instanceof CompleteAsyncError) return error;
  if (error instanceof NeonError) {
    return failure(error.type, error.message, { details: error.details, retryAfterMs: error.retryAfterMs });
  }
  if (error instanceof StaleRunError) return failure('StaleRun', error.message);
  if (error instanceof TenantRecordError || error instanceof ErasedTenantError)
    return failure('TenantStateConflict', error.message);
  if (error instanceof UnstorableTextError || error instanceof NameTakenError)
    return failure('RequestUnfit', error.message);
  // A missing key may still be added. An old secret that somebody put back never opens.
  if (error instanceof SealError)
    return failure('Unexpected', error.message, error.putBack ? { nonRetryable: true } : {});
  if (error instanceof SecretStoreError)
    return failure(error.passing ? 'SecretStoreUnavailable' : 'Unexpected', error.message);
  // Errors of a tenant's database are mapped where they arise, so the remaining ones are the catalog's.
  const ofCatalog = whose === 'ours' ? catalogFailure(error) : undefined;
  return ofCatalog ?? failure('Unexpected', isPostgresError(error) ? told(error) : messageOf(error));
}

function messageOf(error: unknown): string {
  const text =
    error instanceof Error ? `${error.name}: ${error.message}` : 'something that is no error was thrown';
  return withoutAddresses(text);
}

/** For the user's own activities and hooks: their own message, with control characters made visible. */
function visible(error: ApplicationFailure): ApplicationFailure {
  const message = onLines(error.message);
  if (message === error.message) return error;
  const { type, nonRetryable, details, cause, nextRetryDelay, category } = error;
  return new ApplicationFailure(message, type, nonRetryable, details, cause, nextRetryDelay, category);
}
