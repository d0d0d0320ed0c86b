import { describe, expect, it } from 'vitest';
import { planSchema } from '../../tenancy/plan.js';
import { type PlanSettings, planDifference, planUnfit, settingsOf } from '../../tenancy/plan-difference.js';

const settings = (plan: object = {}): PlanSettings =>
  settingsOf(planSchema.parse({ region: 'aws-us-east-1', ...plan }));

describe('the difference between what Neon has and what a plan wants', () => {
  it('is nothing for a plan and itself', () => {
    expect(planDifference(settings(), settings())).toEqual([]);
  });

  it('is each setting that is otherwise, with both figures', () => {
    const wanted = settings({ quota: { logicalSizeBytes: 1000 }, historyRetentionSeconds: 0 });
    expect(planDifference(settings({ historyRetentionSeconds: 86_400 }), wanted)).toEqual([
      { setting: 'historyRetentionSeconds', from: 86_400, to: 0 },
      { setting: 'quota.logicalSizeBytes', from: 0, to: 1000 },
    ]);
  });

  it('goes both ways', () => {
    const [small, large] = [settings({ compute: { maxCu: 1 } }), settings({ compute: { maxCu: 8 } })];
    const turned = planDifference(large, small).map(({ setting, from, to }) => ({
      setting,
      from: to,
      to: from,
    }));
    expect(planDifference(small, large)).toEqual(turned);
    expect(turned).toHaveLength(2);
  });

  it('is nothing between 0 and 300 s until the compute sleeps: Neon says 0 for its default', () => {
    const neon = { ...settings(), 'compute.suspendAfterSeconds': 0 };
    expect(planDifference(neon, settings({ compute: { suspendAfterSeconds: 300 } }))).toEqual([]);
    const never = settings({ compute: { suspendAfterSeconds: -1 } });
    expect(planDifference(neon, never)[0]).toEqual({
      setting: 'compute.suspendAfterSeconds',
      from: 0,
      to: -1,
    });
  });

  it('leaves out what the plan does not say', () => {
    const neon = { ...settings(), 'compute.suspendAfterSeconds': 120, historyRetentionSeconds: 3_600 };
    expect(planDifference(neon, settings())).toEqual([]);
  });

  it('leaves out what Neon does not tell', () => {
    const { 'newCompute.maxCu': _, ...told } = settings();
    expect(planDifference(told, settings({ compute: { maxCu: 2 } }))).toEqual([
      { setting: 'compute.maxCu', from: 1, to: 2 },
    ]);
  });
});

describe('a plan', () => {
  const plan = (limit: number) => ({
    region: 'aws-us-east-1',
    postgres: 17,
    settings: settings({ quota: { logicalSizeBytes: limit } }),
  });
  const ground = { region: 'aws-us-east-1', postgres: 17, logicalSizeBytes: 1000 };

  it.each([
    ['that allows just the data that is there', 1000],
    ['without a limit', 0],
  ])('%s fits', (_, limit) => {
    expect(planUnfit('p', plan(limit), ground)).toBeUndefined();
  });

  it('that allows a byte less does not fit', () => {
    expect(planUnfit('p', plan(999), ground)).toBe(
      'the tenant\'s data takes 1000 bytes, and plan "p" allows 999: delete some, or choose a larger plan',
    );
  });

  it('fits where Neon has not measured the data yet', () => {
    expect(planUnfit('p', plan(1), { region: ground.region, postgres: 17 })).toBeUndefined();
  });
});
