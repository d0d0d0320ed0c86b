import { expect, it } from 'vitest';
import { readableLogLine } from '../../cli/readable-log-line.js';

const line = (fields: object) =>
  JSON.stringify({
    level: 40,
    time: Date.UTC(2026, 10, 27, 6, 24, 48, 7),
    pid: 4711,
    hostname: 'laptop',
    name: 'tenantry',
    ...fields,
  });

it('has the time, the level, the message and what else is told, an error by its type and message', () => {
  const err = { type: 'Error', message: 'connect ECONNREFUSED', stack: 'Error: connect\n    at x.ts:1' };
  expect(
    readableLogLine(line({ tenant: 'acme', operation: 'changePlan', attempt: 3, err, msg: 'it waits' })),
  ).toBe(
    '06:24:48.007 WARN  it waits  tenant=acme  operation=changePlan  attempt=3  err=Error: connect ECONNREFUSED',
  );
  expect(readableLogLine(line({ why: 'the key is gone', queues: ['a', 'b'], msg: 'no' }))).toBe(
    '06:24:48.007 WARN  no  why="the key is gone"  queues=["a","b"]',
  );
});

it.each([
  'starting Temporal',
  '{ half',
  '{"level":"info"}',
  '',
  '[]',
  '2026-11-27T06:24:48Z 200 GET /projects',
])('leaves a line that is no entry of a worker’s as it is: %j', (text) => {
  expect(readableLogLine(text)).toBe(text);
});

it('shows what a terminal would obey, and does not let it through', () => {
  const shown = readableLogLine(line({ tenant: '\u001b[2Jx', msg: 'a\u001b]0;b' }));
  expect(shown).not.toContain('\u001b');
  expect(shown).toContain('\\x1b');
});
