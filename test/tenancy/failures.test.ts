import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { type FailureType, failure, failures, isFailureType } from '../../tenancy/failures.js';

/** What each failure is to the engine. Names that client code switches on: none may go, none may change sides. */
const expected: Record<FailureType, 'given up' | 'tried again' | 'waited for'> = {
  NeonBadRequest: 'given up',
  NeonLimitReached: 'given up',
  NeonUnauthorized: 'given up',
  NeonNotFound: 'given up',
  NeonConflict: 'given up',
  NeonLocked: 'waited for',
  NeonRateLimited: 'waited for',
  NeonUnavailable: 'tried again',
  NeonOutcomeUnknown: 'tried again',
  NeonContractViolation: 'given up',
  ForeignProject: 'given up',
  NeonInventoryIncomplete: 'waited for',
  NeonCreateNotSeen: 'waited for',
  NeonOperationPending: 'waited for',
  NeonOperationFailed: 'given up',
  DatabaseUnreachable: 'tried again',
  DatabaseRefused: 'given up',
  DatabaseOverQuota: 'given up',
  DatabaseStillOpen: 'waited for',
  HookFailed: 'tried again',
  RequestUnfit: 'given up',
  MigrationFailed: 'given up',
  RoleUnfit: 'given up',
  CopyDiffers: 'given up',
  CatalogUnavailable: 'tried again',
  SecretStoreUnavailable: 'tried again',
  TenantStateConflict: 'given up',
  UnknownPlan: 'given up',
  Cancelled: 'given up',
  OutOfTime: 'tried again',
  Unexpected: 'tried again',
};

const types = Object.keys(failures).filter(isFailureType);

describe('the failures', () => {
  it('are a closed set', () => {
    expect([...types].sort()).toEqual(Object.keys(expected).sort());
    expect(types.length).toBe(Object.keys(failures).length);
    for (const stranger of ['toString', '__proto__', 'neonlocked', '', undefined, null, 7]) {
      expect(isFailureType(stranger), String(stranger)).toBe(false);
    }
  });

  it.each(types.map((type) => [type, expected[type]] as const))('%s is %s', (type, fate) => {
    const made = failure(type, 'a sentence');
    expect(made).toBeInstanceOf(ApplicationFailure);
    expect(made.type).toBe(type);
    expect(made.message).toBe('a sentence');
    expect(made.nonRetryable).toBe(fate === 'given up');
    expect(made.category === ApplicationFailureCategory.BENIGN).toBe(fate === 'waited for');
  });
});

describe('a failure', () => {
  it('carries its details and when to come back', () => {
    const details = { status: 423, requestId: 'r-1', projectId: 'p-1', operationIds: ['o-1'] };
    const made = failure('NeonLocked', 'the project is locked', { details, retryAfterMs: 3_000 });
    expect(made.details).toEqual([details]);
    expect(made.nextRetryDelay).toBe(3_000);
  });

  it('leaves the delay to the retry policy when it knows none', () => {
    expect(failure('NeonLocked', 'the project is locked').nextRetryDelay).toBeUndefined();
  });

  it('keeps a message of 500 characters whole and cuts a longer one there', () => {
    expect(failure('Unexpected', 'x'.repeat(500)).message).toBe('x'.repeat(500));
    expect(failure('Unexpected', 'x'.repeat(501)).message).toBe(`${'x'.repeat(499)}…`);
  });

  it('is not cut in the middle of a character, which no server would accept as text', () => {
    const { message } = failure('Unexpected', `${'x'.repeat(498)}${'😀'.repeat(10)}`);
    expect(message.length).toBeLessThanOrEqual(500);
    expect(message).toBe(Buffer.from(message).toString());
  });
});
