import { ScheduleOverlapPolicy, type ScheduleUpdateOptions } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, describe as feature, it } from 'vitest';
import { ForeignScheduleError } from '../../client/index.js';
import { updateIfUnchanged } from '../../client/schedules/update-if-unchanged.js';
import { scheduleId } from '../../tenancy/naming.js';
import { eventually } from '../support/eventually.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { type Declared, deployed, describe, handleOf, sweep, versionOf } from './fleet-schedules.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
});

afterEach(() => sweep(t));
afterAll(() => t.stop());

const nightly = {
  workflow: 'backUpFleet',
  args: [{ deep: true }],
  cron: '0 3 * * *',
  timeZone: 'Europe/Berlin',
};
const hourly = { workflow: 'meterFleet', every: 3_600_000, note: 'for the bills' };
const both: Declared = { nightly, hourly };

const apply = (schedules: Declared, options?: { dryRun: boolean }) => deployed(t, schedules).apply(options);

/** What an apply says, as `name: change differences`. */
const told = async (schedules: Declared, options?: { dryRun: boolean }) =>
  (await apply(schedules, options)).map(({ name, change, differences }) =>
    [`${name}: ${change}`, ...differences].join(' '),
  );

const versions = async () => [
  versionOf(await describe(t, 'nightly')),
  versionOf(await describe(t, 'hourly')),
];

/** Temporal's list of schedules lags behind. */
const listed = (...names: string[]) =>
  eventually(`${names.join(' and ')} are listed`, async () => {
    const ids = new Set<string>();
    for await (const { scheduleId } of t.temporal.schedule.list()) ids.add(scheduleId);
    return names.every((name) => ids.has(scheduleId(t.fleet.name, name)));
  });

feature('schedule apply', () => {
  it('creates what is declared, with overlap skipped', async () => {
    expect(await told(both)).toEqual(['nightly: create', 'hourly: create']);
    const { spec, action, policies, state } = await describe(t, 'nightly');
    expect(spec).toMatchObject({ timezone: 'Europe/Berlin', jitter: 60_000, intervals: [] });
    expect(spec.calendars).toMatchObject([{ hour: [{ start: 3, end: 3 }], comment: '0 3 * * *' }]);
    expect(action).toMatchObject({
      workflowType: 'backUpFleet',
      args: [{ deep: true }],
      taskQueue: t.taskQueue,
    });
    expect(policies).toEqual({ overlap: 'SKIP', catchupWindow: 86_400_000, pauseOnFailure: false });
    expect(state).toMatchObject({ paused: false, note: '' });
    expect((await describe(t, 'hourly')).state.note).toBe('for the bills');
  });

  it('changes nothing and sends no update the second time', async () => {
    await apply(both);
    const before = await versions();
    expect(await told(both)).toEqual(['nightly: none', 'hourly: none']);
    expect(await versions()).toEqual(before);
    expect((await describe(t, 'nightly')).info.lastUpdatedAt).toBeUndefined();
  });

  it.each([
    ['*/5 8-17,22 * 1-3 MON-FRI'],
    ['7/20 0 1,15,31 * *'],
    ['0 0 * * 5-7'],
    ['59 23 */2 JAN,jun,DEC *'],
  ])('finds %s in Temporal as it was declared', async (cron) => {
    await apply({ nightly: { ...nightly, cron } });
    expect(await told({ nightly: { ...nightly, cron } })).toEqual(['nightly: none']);
  });

  it('does not mind how the same times are written', async () => {
    await apply({ nightly: { ...nightly, cron: ['0 3 * * 1-5', '0 4 * * SAT'] } });
    const otherwise = ['0 4 * * 6', '0 3 * * FRI,MON,TUE,WED,THU'];
    expect(await told({ nightly: { ...nightly, cron: otherwise } })).toEqual(['nightly: none']);
  });

  it.each<[string, Partial<Declared[string]>]>([
    ['workflow', { workflow: 'backUpAll' }],
    ['args', { args: [{ deep: false }] }],
    ['times', { cron: '0 4 * * *' }],
    ['timeZone', { timeZone: 'UTC' }],
    ['jitterMs', { jitterMs: 5_000 }],
    ['catchupWindowMs', { catchupWindowMs: 60_000 }],
  ])('updates the one schedule whose %s was edited, and only it', async (part, edit) => {
    await apply(both);
    const [nightlyBefore, hourlyBefore] = await versions();
    const edited = { nightly: { ...nightly, ...edit }, hourly };
    const [change, other] = await told(edited);
    expect(change).toMatch(new RegExp(`^nightly: update .*\\b${part}\\b`));
    expect(other).toBe('hourly: none');
    const [nightlyAfter, hourlyAfter] = await versions();
    expect(nightlyAfter).not.toBe(nightlyBefore);
    expect(hourlyAfter).toBe(hourlyBefore);
    expect(await told(edited)).toEqual(['nightly: none', 'hourly: none']);
  });

  it('turns an interval into cron and back, without one beside the other', async () => {
    await apply({ hourly });
    expect(await told({ hourly: { workflow: 'meterFleet', cron: '5 * * * *', note: hourly.note } })).toEqual([
      'hourly: update times',
    ]);
    expect(await describe(t, 'hourly')).toMatchObject({ spec: { intervals: [] } });
    expect(await told({ hourly })).toEqual(['hourly: update times']);
    expect(await describe(t, 'hourly')).toMatchObject({ spec: { calendars: [] } });
  });

  it('moves the schedules to another task queue', async () => {
    await apply(both);
    const changes = await deployed(t, both, 'elsewhere').apply();
    expect(changes.map(({ differences }) => differences)).toEqual([['start'], ['start']]);
    expect((await describe(t, 'nightly')).action.taskQueue).toBe('elsewhere');
  });

  it('deletes what is declared no longer, and only that', async () => {
    await apply(both);
    await listed('nightly', 'hourly');
    expect(await told({ hourly })).toEqual(['hourly: none', 'nightly: delete']);
    await expect(describe(t, 'nightly')).rejects.toThrow(/not found|completed/i);
    expect((await describe(t, 'hourly')).action.workflowType).toBe('meterFleet');
    // The list may still name it for a moment; it is not deleted twice.
    expect(await told({ hourly })).toEqual(['hourly: none']);
  });

  it('tells in a dry run what it would do, and does nothing', async () => {
    expect(await told(both, { dryRun: true })).toEqual(['nightly: create', 'hourly: create']);
    await expect(describe(t, 'nightly')).rejects.toThrow(/not found/i);
    await apply(both);
    await listed('nightly', 'hourly');
    const before = await versions();
    expect(await told({ nightly: { ...nightly, cron: '0 4 * * *' } }, { dryRun: true })).toEqual([
      'nightly: update times',
      'hourly: delete',
    ]);
    expect(await versions()).toEqual(before);
  });

  it('ends with one schedule each when four deploys apply at once', async () => {
    const applied = await Promise.all([1, 2, 3, 4].map(() => apply(both)));
    const creates = applied.flat().filter(({ change }) => change === 'create');
    expect(creates.map(({ name }) => name).sort()).toEqual(['hourly', 'nightly']);
    const edited = { nightly: { ...nightly, cron: '0 4 * * *' }, hourly };
    await Promise.all([1, 2, 3, 4].map(() => apply(edited)));
    expect(await told(edited)).toEqual(['nightly: none', 'hourly: none']);
  });
});

feature('an edit by hand', () => {
  it.each<[string, (now: ScheduleUpdateOptions) => ScheduleUpdateOptions]>([
    [
      'overlap',
      (now) => ({ ...now, policies: { ...now.policies, overlap: ScheduleOverlapPolicy.ALLOW_ALL } }),
    ],
    ['times', (now) => ({ ...now, spec: { ...now.spec, endAt: new Date('2030-01-01') } })],
    ['times', (now) => ({ ...now, spec: { ...now.spec, intervals: [{ every: 60_000 }] } })],
    ['times', (now) => ({ ...now, spec: { ...now.spec, skip: [{ dayOfMonth: 1 }] } })],
    ['args', (now) => ({ ...now, action: { ...now.action, args: [] } })],
    ['start', (now) => ({ ...now, action: { ...now.action, workflowRunTimeout: 1_000 } })],
    ['limits', (now) => ({ ...now, state: { ...now.state, remainingActions: 3 } })],
    ['limits', (now) => ({ ...now, policies: { ...now.policies, pauseOnFailure: true } })],
  ])('of the %s is noticed and undone', async (part, edit) => {
    await apply({ nightly });
    const before = await describe(t, 'nightly');
    await handleOf(t, 'nightly').update(edit);
    expect(await told({ nightly })).toEqual([`nightly: update ${part}`]);
    const { spec, action, policies, state } = await describe(t, 'nightly');
    expect({ spec, action, policies, state }).toEqual({
      spec: before.spec,
      action: before.action,
      policies: before.policies,
      state: before.state,
    });
  });

  it('that loses all but the essentials is mended, and a pause in it stands', async () => {
    await apply({ nightly });
    await handleOf(t, 'nightly').update(({ action: { workflowType, workflowId, taskQueue }, spec }) => ({
      spec,
      action: { type: 'startWorkflow', workflowType, workflowId, taskQueue },
      state: { paused: true, note: 'by hand' },
    }));
    expect(await told({ nightly })).toEqual(['nightly: update args catchupWindowMs start declaredState']);
    expect(await told({ nightly })).toEqual(['nightly: none']);
    expect((await describe(t, 'nightly')).state).toMatchObject({ paused: true, note: 'by hand' });
  });
});

feature('a pause by an operator', () => {
  const pause = () => deployed(t, { nightly }).pause('nightly', 'disk is full');

  it('is no difference', async () => {
    await apply({ nightly });
    await pause();
    expect(await told({ nightly })).toEqual(['nightly: none']);
    expect((await describe(t, 'nightly')).state).toMatchObject({ paused: true, note: 'disk is full' });
  });

  it('stands when the schedule is updated, its note too', async () => {
    await apply({ nightly });
    await pause();
    await apply({ nightly: { ...nightly, cron: '0 4 * * *', note: 'moved' } });
    expect((await describe(t, 'nightly')).state).toMatchObject({ paused: true, note: 'disk is full' });
  });

  it('stands when it comes between the look and the update', async () => {
    await apply({ nightly });
    const looked = await describe(t, 'nightly');
    await pause();
    const { spec, action, policies, state } = looked;
    const moved = { ...spec, timezone: 'UTC' };
    await updateIfUnchanged(t.temporal.schedule, looked, { spec: moved, action, policies, state });
    const now = await describe(t, 'nightly');
    expect(now.state).toMatchObject({ paused: true, note: 'disk is full' });
    expect(now.spec.timezone).toBe('Europe/Berlin');
    await updateIfUnchanged(t.temporal.schedule, now, { spec: moved, action, policies, state: now.state });
    expect(await describe(t, 'nightly')).toMatchObject({ spec: moved, state: { paused: true } });
  });

  it('gives way to a declaration that changes', async () => {
    await apply({ nightly: { ...nightly, paused: true, note: 'not yet' } });
    expect((await describe(t, 'nightly')).state).toMatchObject({ paused: true, note: 'not yet' });
    expect(await told({ nightly })).toEqual(['nightly: update declaredState']);
    expect((await describe(t, 'nightly')).state).toMatchObject({ paused: false, note: '' });
  });

  it('of a schedule that was declared paused is not brought back after a resume', async () => {
    const declared = { nightly: { ...nightly, paused: true } };
    await apply(declared);
    await deployed(t, declared).resume('nightly');
    expect(await told(declared)).toEqual(['nightly: none']);
    expect((await describe(t, 'nightly')).state.paused).toBe(false);
  });
});

feature('a schedule of somebody else', () => {
  const foreign = (id: string) =>
    t.temporal.schedule.create({
      scheduleId: id,
      spec: { intervals: [{ every: '1 hour' }] },
      action: { type: 'startWorkflow', workflowType: 'theirs', taskQueue: 'theirs' },
    });

  it('is left alone, even where it is named as ours are', async () => {
    await apply({ nightly });
    const [beside, neighbour] = await Promise.all([
      foreign(scheduleId(t.fleet.name, 'manual')),
      foreign(scheduleId(`${t.fleet.name}-two`, 'nightly')),
    ]);
    await listed('manual', 'nightly');
    expect(await told({})).toEqual(['nightly: delete']);
    expect((await beside.describe()).action.workflowType).toBe('theirs');
    expect((await neighbour.describe()).action.workflowType).toBe('theirs');
    expect(await deployed(t, {}).list()).toEqual([]);
  });

  it('in the place of ours stops the apply before anything is changed', async () => {
    const theirs = await foreign(scheduleId(t.fleet.name, 'hourly'));
    await expect(apply(both)).rejects.toThrow(ForeignScheduleError);
    await expect(describe(t, 'nightly')).rejects.toThrow(/not found/i);
    expect((await theirs.describe()).action.workflowType).toBe('theirs');
  });
});
