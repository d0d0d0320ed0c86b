import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineFleet, fleetSchema } from '../../tenancy/fleet.js';

const plans = { free: { region: 'aws-us-east-1' } };

/** The schedules that a fleet has which declares these. */
const declared = (schedules: unknown) => fleetSchema.parse({ name: 'rag', plans, schedules }).schedules;

/** The problems as `path: message`. */
function problemsOf(schedules: unknown): string[] {
  const { error } = z.safeParse(fleetSchema, { name: 'rag', plans, schedules });
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

describe('schedules in a fleet', () => {
  it('are none where none are declared', () => {
    expect(defineFleet({ name: 'rag', plans }).schedules).toEqual({});
  });

  it('run in UTC, up to a minute late, a day late after an outage, and are not paused, where nothing is said', () => {
    expect(declared({ nightly: { workflow: 'backUp', cron: '0 3 * * *' } }).nightly).toEqual({
      workflow: 'backUp',
      args: [],
      cron: ['0 3 * * *'],
      timeZone: 'UTC',
      jitterMs: 60_000,
      catchupWindowMs: 86_400_000,
      paused: false,
    });
  });

  it('that run often start late by a tenth of the time between at most', () => {
    expect(declared({ often: { workflow: 'meter', every: 60_000 } }).often).toMatchObject({
      jitterMs: 6_000,
    });
    expect(declared({ daily: { workflow: 'meter', every: 86_400_000 } }).daily).toMatchObject({
      jitterMs: 60_000,
    });
  });

  it('are the same when they are read again', () => {
    const fleet = defineFleet({
      name: 'rag',
      plans,
      schedules: {
        nightly: { workflow: 'backUp', args: [{ deep: [1, null] }], cron: ['0 3 * * *', '0 15 * * SUN'] },
        often: { workflow: 'meter', every: 60_000, note: 'for the bills' },
      },
    });
    expect(defineFleet(fleet)).toEqual(fleet);
  });

  it.each<[string, unknown, string]>([
    ['no time', {}, 'nightly: says when with one of cron and every'],
    ['two times', { cron: '0 3 * * *', every: 1_000 }, 'nightly: says when with one of cron and every'],
    ['no expression in the list', { cron: [] }, 'nightly.cron: '],
    ['a bad expression', { cron: '0 25 * * *' }, 'nightly.cron: "0 25 * * *" has no hour "25"'],
    [
      'a bad one among good ones',
      { cron: ['0 2 * * *', '@daily'] },
      'nightly.cron: "@daily" has five fields',
    ],
    ['half a second', { every: 1_500 }, 'nightly.every: is in whole seconds'],
    [
      'a zone that nobody knows',
      { cron: '0 3 * * *', timeZone: 'Europe/Atlantis' },
      'nightly.timeZone: is no',
    ],
    ['an offset for a zone', { cron: '0 3 * * *', timeZone: '+01:00' }, 'nightly.timeZone: is no time zone'],
    [
      'a zone in small letters',
      { cron: '0 3 * * *', timeZone: 'europe/berlin' },
      'nightly.timeZone: is written',
    ],
    ['a zone for an interval', { every: 1_000, timeZone: 'UTC' }, 'nightly.timeZone: goes with cron only'],
    ['a function among the arguments', { every: 1_000, args: [() => 1] }, 'nightly.args.0: '],
    [
      'a setting that is none',
      { every: 1_000, overlap: 'ALLOW_ALL' },
      'nightly: Unrecognized key: "overlap"',
    ],
  ])('with %s are refused', (_, schedule, problem) => {
    const problems = problemsOf({ nightly: { workflow: 'backUp', ...(schedule as object) } });
    expect(problems.join('\n')).toContain(`schedules.${problem}`);
  });

  it.each(['Nightly', 'a/b', '-a', 'a'.repeat(33)])('are not named %s', (name) => {
    expect(problemsOf({ [name]: { workflow: 'backUp', every: 1_000 } })).toHaveLength(1);
  });

  it('know every zone of IANA that this machine does, by its own name and by old ones', () => {
    for (const timeZone of [...Intl.supportedValuesOf('timeZone'), 'UTC', 'US/Pacific', 'Asia/Kolkata']) {
      expect(problemsOf({ nightly: { workflow: 'backUp', cron: '0 3 * * *', timeZone } })).toEqual([]);
    }
  });
});
