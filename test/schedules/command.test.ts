import { afterAll, beforeAll, expect, describe as feature, it } from 'vitest';
import { scheduleId } from '../../tenancy/naming.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { longForm } from '../support/long-form.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { describe, running, sweep } from './fleet-schedules.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      schedules: {
        nightly: { workflow: 'backUpFleet', cron: '0 3 * * *', note: 'keep 7' },
        later: { workflow: 'meterFleet', every: 3_600_000, paused: true },
      },
    },
  });
});

afterAll(async () => {
  await sweep(t);
  await t.stop();
});

const run = (...args: string[]) => runTenantry(['schedule', ...args], t.environment);

feature('tenantry schedule', () => {
  // Ten commands, each a process of its own.
  it.runIf(longForm)(
    'takes a schedule through its life',
    async () => {
      const dry = await run('apply', '--dry-run');
      expect(dry).toMatchObject({
        exitCode: 0,
        stdout: 'nightly: would be created\nlater: would be created\n',
      });
      expect((await run('apply')).stdout).toBe('nightly: created\nlater: created\n');
      expect(JSON.parse((await run('apply', '--json')).stdout)).toEqual(
        ['nightly', 'later'].map((name) => ({
          name,
          scheduleId: scheduleId(t.fleet.name, name),
          change: 'none',
          differences: [],
        })),
      );

      expect((await run('pause', 'nightly', '--note', 'disk is full')).exitCode).toBe(0);
      expect((await describe(t, 'nightly')).state).toMatchObject({ paused: true, note: 'disk is full' });
      expect((await run('resume', 'nightly')).exitCode).toBe(0);
      expect((await describe(t, 'nightly')).state).toMatchObject({ paused: false, note: 'keep 7' });

      expect((await run('trigger', 'nightly')).stdout).toMatch(/^nightly was triggered/);
      await eventually('the run is there', async () => (await running(t)).length === 1);
      const [workflowId] = await running(t);
      await t.temporal.workflow.getHandle(workflowId ?? '').terminate();
      await run('backfill', 'later', '--from', '2026-01-01T00:00:00Z', '--to', '2026-01-01T02:30:00+01:00');
      await eventually('the first of the backfill is there', async () => {
        const { runningActions } = (await describe(t, 'later')).info;
        return /^\S+-2026-01-01T00:00:\d\dZ$/.test(runningActions[0]?.workflow.workflowId ?? '');
      });

      const { stdout } = await run('list', '--json');
      const [later, nightly] = JSON.parse(stdout);
      expect(Object.keys(nightly)).toEqual([
        'name',
        'scheduleId',
        'state',
        'declared',
        'workflow',
        'note',
        'nextRuns',
        'runningNow',
        'lastRun',
        'started',
        'skipped',
        'missed',
      ]);
      expect(nightly).toMatchObject({
        state: 'active',
        note: 'keep 7',
        started: 1,
        lastRun: { workflowId, runId: expect.any(String), startedAt: expect.stringMatching(/Z$/) },
      });
      expect(later).toMatchObject({ name: 'later', state: 'paused', note: null, nextRuns: [] });
      expect((await run('list')).stdout).toMatch(
        /^schedule +state .*\nlater +paused +meterFleet .*\nnightly +active /,
      );
    },
    120_000,
  );

  it.each([
    [
      'a schedule that is not there',
      ['trigger', 'weekly'],
      3,
      /no schedule "weekly": the fleet declares nightly/,
    ],
    [
      'a time without its offset',
      ['backfill', 'later', '--from', '2026-01-01T00:00:00', '--to', 'x'],
      2,
      /offset/,
    ],
    [
      'a time to come',
      ['backfill', 'later', '--from', '2026-01-01T00:00:00Z', '--to', '2999-01-01T00:00:00Z'],
      2,
      /past/,
    ],
  ])('refuses %s in one clear line', async (_, args, exitCode, says) => {
    const result = await run(...args);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stderr).toMatch(says);
    expect(result.stderr).not.toContain('    at ');
  });
});
