import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { detailsOf, type FailureType, failure, failures, isFailureType } from '../../tenancy/failures.js';
import { endingWith, reasonOf } from '../../workflows/frame/failure-reason.js';
import { allHostile, unshowableIn } from '../support/hostile-text.js';

/** What each failure is to the engine. Names that client code switches on: none may go, none may change sides. */
const expected: Record<FailureType, 'given up' | 'tried again' | 'waited for'> = {
  NeonBadRequest: 'given up',
  NeonLimitReached: 'given up',
  NeonKeyRefused: 'tried again',
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
  ContractBlocked: 'given up',
  RoleUnfit: 'given up',
  SnapshotBroken: 'given up',
  CopyDiffers: 'given up',
  CatalogUnavailable: 'tried again',
  CatalogRefused: 'given up',
  SecretStoreUnavailable: 'tried again',
  StaleRun: 'given up',
  TenantStateConflict: 'given up',
  UnknownPlan: 'tried again',
  UnknownHook: 'tried again',
  UnknownMigration: 'tried again',
  ForeignFleet: 'given up',
  Cancelled: 'given up',
  OutOfTime: 'tried again',
  GivenUp: 'given up',
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

describe('a text from elsewhere', () => {
  const id = `${allHostile} id`;
  const details = {
    requestId: id,
    neonCode: id,
    projectId: id,
    operationIds: [id, id],
    sqlState: id,
    file: id,
    status: 500,
    line: 3,
  };

  it.each(types)('is shown and not obeyed, wherever in a %s it stands', (type) => {
    const made = failure(type, `no: ${allHostile}`, { details });
    const { status, line, operationIds, ...texts } = detailsOf(made);
    for (const text of [made.message, ...Object.values(texts), ...(operationIds ?? [])]) {
      expect(unshowableIn(text)).toEqual([]);
      expect(text).toContain('\\x1b');
    }
    expect({ status, line, ids: operationIds?.length }).toEqual({ status: 500, line: 3, ids: 2 });
    // The stack repeats the message, and goes into the history with it.
    expect(unshowableIn(made.stack ?? '', { lines: true })).toEqual([]);

    const ended = endingWith({ type, message: allHostile, requestId: id });
    expect(unshowableIn(ended.message + detailsOf(ended).requestId)).toEqual([]);
  });

  it('is shown where a workflow reads why a step of the user failed, whatever that threw', () => {
    const { message, requestId } = reasonOf(
      ApplicationFailure.create({ message: allHostile, type: 'Theirs', details: [{ requestId: id }] }),
    );
    expect(unshowableIn(message + requestId)).toEqual([]);
  });

  it('has an end, in a detail too', () => {
    const long = 'x'.repeat(3_000_000);
    const made = failure('NeonBadRequest', long, {
      details: { neonCode: long, operationIds: Array.from({ length: 5_000 }, () => long) },
    });
    expect(JSON.stringify(made).length + made.message.length).toBeLessThan(30_000);
  });
});
