import { ScheduleOverlapPolicy } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, describe as feature, it } from 'vitest';
import { InvalidBackfillError, ScheduleNotFoundError } from '../../client/index.js';
import { scheduleId } from '../../tenancy/naming.js';
import { searchAttributeKeysOf } from '../../tenancy/search-attributes.js';
import { eventually } from '../support/eventually.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { type Declared, deployed, describe, handleOf, running, sweep } from './fleet-schedules.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
});

afterEach(() => sweep(t));
afterAll(() => t.stop());

/** Nothing of it starts by itself: it is paused. */
const paused: Declared = { rare: { workflow: 'backUpFleet', every: 60_000, jitterMs: 0, paused: true } };

const taken = async (name: string) => (await describe(t, name)).info.numActionsTaken;
const started = (name: string, count: number) =>
  eventually(`${name} has started ${count}`, async () => (await taken(name)) === count);

/** A run's id ends in the second that it started in: two in one second would be one, whatever the policy. */
const nextSecond = () => {
  const second = Math.floor(Date.now() / 1_000);
  return eventually('the next second', async () => Math.floor(Date.now() / 1_000) > second);
};

feature('a schedule', () => {
  it('starts its workflow by itself, with what the declaration says and the fleet to find it by', async () => {
    const schedules = deployed(t, {
      often: { workflow: 'meterFleet', args: [{ dryRun: true }], every: 1_000, jitterMs: 0 },
    });
    await schedules.apply();
    await eventually('a run is there', async () => (await running(t)).length > 0);
    const [id = ''] = await running(t);
    expect(id).toMatch(
      new RegExp(`^schedule/${t.fleet.name}/often-\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$`),
    );
    const run = await t.temporal.workflow.getHandle(id).describe();
    expect(run).toMatchObject({ type: 'meterFleet', taskQueue: t.taskQueue });
    expect(run.typedSearchAttributes.get(searchAttributeKeysOf().fleet)).toBe(t.fleet.name);
    expect(await run.staticSummary()).toBe('Schedule often: meterFleet');
    const { events } = await t.temporal.workflow.getHandle(id).fetchHistory();
    const { input, workflowTaskTimeout } = events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
    expect(Buffer.from(input?.payloads?.[0]?.data ?? []).toString()).toBe('{"dryRun":true}');
    expect(Number(workflowTaskTimeout?.seconds) * 1_000).toBe(t.fleet.timings.workflowTask);
  });

  it('starts no second run while one is under way, though it is due again and again', async () => {
    const schedules = deployed(t, { often: { workflow: 'meterFleet', every: 1_000, jitterMs: 0 } });
    await schedules.apply();
    await eventually('two times were skipped', async () => {
      const { info } = await describe(t, 'often');
      return info.numActionsSkippedOverlap >= 2;
    });
    expect(await taken('often')).toBe(1);
    const [listed] = await schedules.list();
    expect(listed).toMatchObject({ state: 'active', started: 1, runningNow: [listed?.lastRun].map(idsOf) });
    expect(listed?.skipped).toBeGreaterThanOrEqual(2);
  });
});

const idsOf = (run: { workflowId: string; runId: string } | undefined) => ({
  workflowId: run?.workflowId,
  runId: run?.runId,
});

feature('trigger', () => {
  it('starts a run of a paused schedule, and no second while it is under way', async () => {
    const schedules = deployed(t, paused);
    await schedules.apply();
    await schedules.trigger('rare');
    await started('rare', 1);
    await nextSecond();
    await schedules.trigger('rare');
    // Temporal takes triggers in the order they came: once one that may overlap has started, the one before is done with.
    await nextSecond();
    const mayOverlap = Date.now();
    await handleOf(t, 'rare').trigger(ScheduleOverlapPolicy.ALLOW_ALL);
    await eventually('the one that may overlap has started', async () => {
      const last = (await describe(t, 'rare')).info.recentActions.at(-1);
      return (last?.takenAt.getTime() ?? 0) >= mayOverlap;
    });
    expect(await taken('rare')).toBe(2);
  });
});

feature('backfill', () => {
  const day = (time: string) => new Date(`2026-01-01T${time}Z`);

  it('starts as many runs as were due, one after the other, though the schedule is paused', async () => {
    const schedules = deployed(t, paused);
    await schedules.apply();
    await schedules.backfill('rare', { from: day('00:00:00'), to: day('00:03:00') });
    const due = ['00:00:00', '00:01:00', '00:02:00', '00:03:00'];
    for (const [before, time] of due.entries()) {
      const id = `${scheduleId(t.fleet.name, 'rare')}-2026-01-01T${time}Z`;
      await started('rare', before + 1);
      const { info } = await describe(t, 'rare');
      expect(info.runningActions.map(({ workflow }) => workflow.workflowId)).toEqual([id]);
      await t.temporal.workflow.getHandle(id).terminate();
    }
    await eventually('nothing is under way', async () => {
      const { info, raw } = await describe(t, 'rare');
      return info.runningActions.length === 0 && raw.info?.bufferSize?.toNumber() === 0;
    });
    expect(await taken('rare')).toBe(due.length);
  });

  it.each([
    ['of no time', day('03:00:00'), day('03:00:00'), /to a later one/],
    ['that ends before it begins', day('03:00:00'), day('02:00:00'), /to a later one/],
    ['of a time that is none', new Date(Number.NaN), day('02:00:00'), /to a later one/],
    ['of the future', day('03:00:00'), new Date('2999-01-01'), /ends in the past/],
  ])('%s is refused', async (_, from, to, reason) => {
    const schedules = deployed(t, paused);
    await schedules.apply();
    const backfill = schedules.backfill('rare', { from, to });
    await expect(backfill).rejects.toThrow(InvalidBackfillError);
    await expect(backfill).rejects.toThrow(reason);
  });
});

feature('pause and resume', () => {
  it('stop and start the runs to come, and resume puts the declared note back', async () => {
    const schedules = deployed(t, { nightly: { workflow: 'backUp', cron: '0 3 * * *', note: 'keep 7' } });
    await schedules.apply();
    await schedules.pause('nightly', 'disk is full');
    expect(await schedules.list()).toMatchObject([{ state: 'paused', note: 'disk is full', nextRuns: [] }]);
    await schedules.resume('nightly');
    const [nightly] = await schedules.list();
    expect(nightly).toMatchObject({ state: 'active', note: 'keep 7', declared: true });
    expect(nightly?.nextRuns[0]?.getTime()).toBeGreaterThan(Date.now());
  });
});

feature('a pause without a reason', () => {
  it.each([undefined, ''])('is a pause all the same', async (note) => {
    const schedules = deployed(t, { nightly: { workflow: 'backUp', cron: '0 3 * * *' } });
    await schedules.apply();
    await schedules.pause('nightly', note);
    expect((await describe(t, 'nightly')).state).toMatchObject({
      paused: true,
      note: 'paused with tenantry',
    });
    await schedules.resume('nightly');
    expect((await describe(t, 'nightly')).state.paused).toBe(false);
  });
});

feature('the list', () => {
  it('has what is declared and not applied yet, and what is declared no longer', async () => {
    await deployed(t, paused).apply();
    const later = deployed(t, { fresh: { workflow: 'meterFleet', every: 1_000 } });
    await eventually('Temporal lists the old one', async () => (await later.list()).length === 2);
    expect(await later.list()).toMatchObject([
      { name: 'fresh', state: 'missing', declared: true, workflow: 'meterFleet' },
      { name: 'rare', state: 'paused', declared: false, workflow: 'backUpFleet' },
    ]);
  });
});

feature('a schedule that is not there', () => {
  const work: Record<string, (name: string) => Promise<void>> = {
    pause: (name) => deployed(t, paused).pause(name),
    resume: (name) => deployed(t, paused).resume(name),
    trigger: (name) => deployed(t, paused).trigger(name),
    backfill: (name) => deployed(t, paused).backfill(name, { from: new Date(0), to: new Date(1) }),
  };

  it.each(Object.entries(work))('cannot be asked to %s', async (_, ask) => {
    await expect(ask('daily')).rejects.toThrow(ScheduleNotFoundError);
    await expect(ask('daily')).rejects.toThrow('there is no schedule "daily": the fleet declares rare');
    await expect(ask('rare')).rejects.toThrow('it is declared, but not applied yet');
  });

  it('and one of somebody else under such a name is not touched', async () => {
    const theirs = await t.temporal.schedule.create({
      scheduleId: scheduleId(t.fleet.name, 'theirs'),
      spec: { intervals: [{ every: '1 hour' }] },
      action: { type: 'startWorkflow', workflowType: 'theirs', taskQueue: 'theirs' },
    });
    await expect(deployed(t, paused).pause('theirs')).rejects.toThrow(ScheduleNotFoundError);
    expect((await theirs.describe()).state.paused).toBe(false);
  });
});
