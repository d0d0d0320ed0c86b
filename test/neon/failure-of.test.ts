import { describe, expect, it } from 'vitest';
import { failureOfSilence, failureOfStatus } from '../../neon/failure-of.js';

describe('a status', () => {
  it.each([
    [302, 'NeonContractViolation', 'NeonContractViolation'],
    [400, 'NeonBadRequest', 'NeonBadRequest'],
    [401, 'NeonKeyRefused', 'NeonKeyRefused'],
    [403, 'NeonUnauthorized', 'NeonUnauthorized'],
    [404, 'NeonNotFound', 'NeonNotFound'],
    [406, 'NeonBadRequest', 'NeonBadRequest'],
    [409, 'NeonConflict', 'NeonConflict'],
    [410, 'NeonNotFound', 'NeonNotFound'],
    [412, 'NeonBadRequest', 'NeonBadRequest'],
    [418, 'NeonBadRequest', 'NeonBadRequest'],
    [422, 'NeonBadRequest', 'NeonBadRequest'],
    [423, 'NeonLocked', 'NeonLocked'],
    [429, 'NeonRateLimited', 'NeonRateLimited'],
    [500, 'NeonUnavailable', 'NeonOutcomeUnknown'],
    [502, 'NeonUnavailable', 'NeonOutcomeUnknown'],
    [503, 'NeonUnavailable', 'NeonUnavailable'],
    [504, 'NeonUnavailable', 'NeonOutcomeUnknown'],
    [524, 'NeonUnavailable', 'NeonOutcomeUnknown'],
    [599, 'NeonUnavailable', 'NeonOutcomeUnknown'],
  ])('%i means %s to a question and %s to a change', (status, toQuestion, toChange) => {
    expect(failureOfStatus(status, '', false)).toBe(toQuestion);
    expect(failureOfStatus(status, '', true)).toBe(toChange);
  });

  it('treats a 503 to a create as certainly not done', () => {
    expect(failureOfStatus(503, '', true)).toBe('NeonUnavailable');
  });
});

describe("Neon's own code", () => {
  it.each(['PROJECTS_LIMIT_EXCEEDED', 'BRANCHES_LIMIT_EXCEEDED', 'ROLES_LIMIT_EXCEEDED'])(
    'tells a limit of the account, %s, from a bad request',
    (code) => {
      expect(failureOfStatus(422, code, true)).toBe('NeonLimitReached');
    },
  );

  it.each(['', 'DATABASE_ALREADY_EXISTS', 'LIMIT_EXCEEDED_BY_FAR'])(
    '%j leaves the status its word',
    (code) => {
      expect(failureOfStatus(422, code, true)).toBe('NeonBadRequest');
      expect(failureOfStatus(409, code, true)).toBe('NeonConflict');
    },
  );

  it('does not make a rate limit, which passes, into a limit of the account, which stays', () => {
    expect(failureOfStatus(429, 'RATE_LIMIT_EXCEEDED', true)).toBe('NeonRateLimited');
  });

  it('does not make a server error after a change into a certain answer', () => {
    expect(failureOfStatus(500, 'PROJECTS_LIMIT_EXCEEDED', true)).toBe('NeonOutcomeUnknown');
  });
});

describe('no answer', () => {
  it.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
  ])('with %s changed nothing, for nothing was sent', (code) => {
    expect(failureOfSilence(code, true)).toBe('NeonUnavailable');
    expect(failureOfSilence(code, false)).toBe('NeonUnavailable');
  });

  it.each(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', undefined])(
    'with %s leaves open whether a change was made',
    (code) => {
      expect(failureOfSilence(code, true)).toBe('NeonOutcomeUnknown');
      expect(failureOfSilence(code, false)).toBe('NeonUnavailable');
    },
  );
});
