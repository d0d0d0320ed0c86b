import { expect, it } from 'vitest';
import { progressDetails } from '../../tenancy/progress-details.js';

it('shows each step, and below them what the run waits for and which activity is in hand', () => {
  const startedAt = '2026-03-01T12:00:00.000Z';
  const until = '2026-03-08T12:00:00.000Z';
  expect(
    progressDetails(
      [
        { name: 'close the login', status: 'done', startedAt, endedAt: '2026-03-01T12:00:01.500Z' },
        { name: 'wait out the grace', status: 'running', startedAt, until },
        { name: 'delete | the project', status: 'waiting' },
      ],
      [{ why: 'the offboarding can be *undone*', until }],
      [{ name: 'noteProgress', since: startedAt }],
    ).split('\n'),
  ).toEqual([
    '| | step | began (UTC) | took |',
    '|---|---|---|---|',
    '| ✓ | close the login | 12:00:00.000 | 1.5 s |',
    `| ▶ | wait out the grace, until ${until} | 12:00:00.000 |  |`,
    '| · | delete \\| the project |  |  |',
    '',
    `**It waits:** the offboarding can be \\*undone\\*, until ${until}`,
    '',
    '**In hand** since 12:00:00 UTC: `noteProgress`. If it is tried again, Pending Activities says why, and when next',
  ]);
});

it('shows the steps alone where nothing is waited for', () => {
  expect(progressDetails([{ name: 'publish', status: 'waiting' }], [], [])).toMatch(
    /\| · \| publish \| {2}\| {2}\|$/,
  );
});
