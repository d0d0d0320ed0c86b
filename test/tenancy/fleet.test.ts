import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineFleet, fleetSchema } from '../../tenancy/fleet.js';
import { defaultPlanOf } from '../../tenancy/fleet-needs.js';

const plan = { region: 'aws-us-east-1' };
const whole = { name: 'rag', plans: { free: plan } };

/** The problems of a definition as `path: message`, of a value that no type has checked. */
function problemsOf(definition: unknown): string[] {
  try {
    // A fleet's file may be plain JavaScript, so the types do not stand between.
    Reflect.apply(defineFleet, undefined, [definition]);
    return [];
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  }
}

describe('a fleet', () => {
  it('needs a name and a plan with a region, and gets the rest', () => {
    const fleet = defineFleet(whole);
    expect(fleet.plans.free).toEqual({
      region: 'aws-us-east-1',
      postgres: 17,
      compute: { minCu: 0.25, maxCu: 1 },
      quota: {},
    });
    expect(fleet.timings.neonCall).toBe(20_000);
    expect(fleet.migrations).toBeUndefined();
  });

  it('is told all its problems at once, each with its path', () => {
    const problems = problemsOf({
      name: 'My Fleet',
      plans: { free: { region: '', postgres: 13, quota: { logicalSizeBytes: -1 } } },
      timings: { retry: 0 },
      defaultPlan: 'gold',
    });
    expect(problems.map((problem) => problem.split(':', 1)[0])).toEqual([
      'name',
      'plans.free.region',
      'plans.free.postgres',
      'plans.free.quota.logicalSizeBytes',
      'timings.retry',
      'defaultPlan',
    ]);
  });

  it.each([
    ['colour', { ...whole, colour: 'red' }],
    ['size', { name: 'rag', plans: { free: { ...plan, size: 3 } } }],
    ['cpu', { name: 'rag', plans: { free: { ...plan, compute: { cpu: 1 } } } }],
    ['rows', { name: 'rag', plans: { free: { ...plan, quota: { rows: 1 } } } }],
    ['tea', { ...whole, timings: { tea: 1 } }],
  ])('refuses the unknown setting "%s" rather than pass over it', (key, definition) => {
    expect(problemsOf(definition).join()).toContain(`Unrecognized key: "${key}"`);
  });

  it.each(['a', 'rag', 'rag-2', `a${'b'.repeat(31)}`])('may be called %j', (name) => {
    expect(problemsOf({ ...whole, name })).toEqual([]);
  });

  it.each(['', '2rag', '-rag', 'rag-', 'Rag', 'r_g', 'r/g', 'rag\n', `a${'b'.repeat(32)}`])(
    'may not be called %j',
    (name) => {
      expect(problemsOf({ ...whole, name })).toEqual([
        'name: is 1 to 32 lower-case letters, digits and hyphens, a letter first',
      ]);
    },
  );

  it('has a plan', () => {
    expect(problemsOf({ name: 'rag', plans: {} })).toEqual(['plans: has at least one plan']);
  });

  it('is written as it was read once more without a change', () => {
    const fleet = defineFleet(whole);
    expect(fleetSchema.parse(fleet)).toEqual(fleet);
  });
});

describe('a plan', () => {
  it.each([
    [
      'the least compute above the most',
      { compute: { minCu: 2, maxCu: 1 } },
      'compute: minCu is above maxCu',
    ],
    ['a default least above the most', { compute: { minCu: 1.5 } }, 'compute: minCu is above maxCu'],
    ['less compute than there is', { compute: { minCu: 0.1 } }, 'compute.minCu: '],
    ['a sleep after a moment', { compute: { suspendAfterSeconds: 59 } }, 'compute.suspendAfterSeconds: '],
    ['a history of more than 30 days', { historyRetentionSeconds: 2_592_001 }, 'historyRetentionSeconds: '],
    ['a Postgres that Neon no longer has', { postgres: 13 }, 'postgres: '],
  ])('refuses %s', (_, change, problem) => {
    const [found = '', ...more] = problemsOf({ name: 'rag', plans: { free: { ...plan, ...change } } });
    expect(found.startsWith(`plans.free.${problem}`), found).toBe(true);
    expect(more).toEqual([]);
  });

  it.each([-1, 0, 60, 604_800])('may let the compute sleep after %i seconds', (suspendAfterSeconds) => {
    const plans = { free: { ...plan, compute: { suspendAfterSeconds } } };
    expect(defineFleet({ name: 'rag', plans }).plans.free?.compute).toMatchObject({ suspendAfterSeconds });
  });
});

describe('a store of secrets', () => {
  it.each([
    ['a name', 'aws'],
    ['nothing', null],
    ['one that lacks methods', { open: async () => undefined }],
  ])('is not %s', (_, secrets) => {
    expect(problemsOf({ ...whole, secrets })).toEqual([
      'secrets: is a store of secrets, with put, keep, open, remove, kinds and forget',
    ]);
  });
});

describe('the default plan', () => {
  it('is the only plan', () => {
    expect(defaultPlanOf(defineFleet(whole))).toBe('free');
  });

  it('is the one that is named among several', () => {
    const fleet = defineFleet({ name: 'rag', plans: { free: plan, pro: plan }, defaultPlan: 'pro' });
    expect(defaultPlanOf(fleet)).toBe('pro');
  });

  it('is none when several plans are there and none is named', () => {
    expect(defaultPlanOf(defineFleet({ name: 'rag', plans: { free: plan, pro: plan } }))).toBeUndefined();
  });

  it.each(['gold', 'toString'])('has to be a plan of the fleet, which %j is not', (defaultPlan) => {
    expect(problemsOf({ ...whole, defaultPlan })).toEqual(['defaultPlan: names no plan of this fleet']);
  });
});
