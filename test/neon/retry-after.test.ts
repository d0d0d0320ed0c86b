import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../neon/retry-after.js';

const now = Date.parse('2026-03-01T12:00:00Z');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['1', 1_000],
    [' 7 ', 7_000],
    ['60', 60_000],
  ])('%j is a wait in seconds', (header, wait) => {
    expect(retryAfterMs(header, now)).toBe(wait);
  });

  it.each([
    ['Sun, 01 Mar 2026 12:00:05 GMT', 5_000],
    ['Sunday, 01-Mar-26 12:00:05 GMT', 5_000],
    ['Sun, 01 Mar 2026 12:00:00 GMT', 0],
  ])('%j is a wait until a date', (header, wait) => {
    expect(retryAfterMs(header, now)).toBe(wait);
  });

  it('is no wait when its date has passed', () => {
    expect(retryAfterMs('Sun, 01 Mar 2026 11:59:00 GMT', now)).toBe(0);
  });

  it.each(['61', '86400', '99999999999999999999', 'Mon, 02 Mar 2026 12:00:00 GMT'])(
    'never parks a tenant for more than a minute, whatever %j says',
    (header) => {
      expect(retryAfterMs(header, now)).toBe(60_000);
    },
  );

  it.each([null, '', '   ', 'soon', '60s', '1e3', '0x10', '-5', '1.5'])(
    'counts as absent when it is %j, which is neither seconds nor a date',
    (header) => {
      expect(retryAfterMs(header, now)).toBeUndefined();
    },
  );
});
