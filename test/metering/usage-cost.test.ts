import { describe, expect, it } from 'vitest';
import { billingPeriodNamed, billingPeriodOf } from '../../tenancy/billing-period.js';
import { costReport, latelyOf, type TenantUsage } from '../../tenancy/cost-report.js';
import { neonPlans, neonPrices, ratesOf } from '../../tenancy/neon-prices.js';
import { noUsage } from '../../tenancy/usage.js';
import { type BillableUsage, costOf, paidPart } from '../../tenancy/usage-cost.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

const usage = (some: Partial<BillableUsage>): BillableUsage => ({ ...noUsage, extraBranchHours: 0, ...some });
const launch = ratesOf('launch');
const scale = ratesOf('scale');

describe('the table of prices', () => {
  it.each(neonPlans)('of %s names a page of Neon and a date for each', (plan) => {
    for (const { source, asOf } of Object.values(neonPrices[plan])) {
      expect(source).toMatch(/^https:\/\/neon\.com\/docs\//);
      expect(asOf).toMatch(/^2026-\d\d-\d\d$/);
    }
  });

  it('gives way to what was agreed', () => {
    expect(ratesOf('scale', { computeUnitHour: 0.15 })).toEqual({ ...scale, computeUnitHour: 0.15 });
  });
});

/** The worked examples of https://neon.com/docs/introduction/usage-calculations and of its page on plans. */
describe('the cost of usage', () => {
  it("is Neon's own example of compute", () => {
    expect(costOf(usage({ computeUnitSeconds: 500_000 }), scale).total).toBeCloseTo(30.83, 2);
  });

  it("is Neon's own examples of storage", () => {
    const stored = usage({ rootBranchByteHours: 2_500_000_000_000 });
    expect(costOf(stored, launch)).toMatchObject({ total: expect.closeTo(1.18, 2) });
    expect(costOf(usage({ rootBranchByteHours: 2_000_000_000 * 24 * 31 }), launch).storage).toBeCloseTo(0.7);
  });

  it("is Neon's own example of branches", () => {
    expect(costOf(usage({ extraBranchHours: 72 }), launch).branches).toBeCloseTo(0.15, 2);
  });

  it("is Neon's own example of a month on Launch", () => {
    const gbMonth = 744 * 1e9;
    const cost = costOf(
      usage({
        computeUnitSeconds: 120 * 3_600,
        rootBranchByteHours: 20 * gbMonth,
        childBranchByteHours: 5 * gbMonth,
        historyByteHours: 10 * gbMonth,
      }),
      launch,
    );
    expect(cost.compute).toBeCloseTo(12.72);
    expect(cost.storage).toBeCloseTo(8.75);
    expect(cost.total).toBeCloseTo(23.47);
  });

  it('has transfer only beyond what the organization has free', () => {
    expect(paidPart(80e9, launch)).toBe(0);
    expect(paidPart(0, launch)).toBe(0);
    const paid = paidPart(400e9, launch);
    expect(costOf(usage({ publicTransferBytes: 400e9 }), launch, paid).transfer).toBeCloseTo(30);
  });
});

describe('a billing period', () => {
  it('is a month in UTC', () => {
    const period = billingPeriodOf(new Date('2026-12-31T23:59:59.999Z'));
    expect(period).toEqual({
      name: '2026-12',
      start: new Date('2026-12-01T00:00:00Z'),
      end: new Date('2027-01-01T00:00:00Z'),
    });
    expect(billingPeriodNamed('2026-12')).toEqual(period);
  });

  it.each(['2026-13', '2026-1', '26-01', 'now', '2026-01-01'])('is not %s', (name) => {
    expect(billingPeriodNamed(name)).toBeUndefined();
  });
});

describe('a report', () => {
  const period = billingPeriodOf(new Date('2026-11-15T12:00:00Z'));
  const now = new Date('2026-11-15T12:30:00Z');
  const row = (id: string | undefined, used: Partial<BillableUsage>, more: Partial<TenantUsage> = {}) => ({
    ...(id !== undefined && { tenantId: tenantIdOf(id) }),
    plan: 'free',
    usage: usage(used),
    since: period.start,
    goesOn: true,
    ...more,
  });
  const report = (all: readonly TenantUsage[], lately: readonly TenantUsage[] = []) =>
    costReport({
      period,
      now,
      rates: launch,
      usage: all,
      lately: { ...latelyOf(period, now), usage: lately },
    });
  const hours = (count: number) => ({ computeUnitSeconds: count * 3_600 });

  it('adds up tenants, plans and the whole', () => {
    const { total, plans, tenants } = report([
      row('acme', hours(10)),
      row('bravo', hours(30), { plan: 'pro' }),
      row(undefined, hours(5)),
    ]);
    expect(total.total).toBeCloseTo(45 * 0.106);
    expect(plans.map(({ plan, tenants, cost }) => [plan, tenants, cost.total])).toEqual([
      ['pro', 1, expect.closeTo(30 * 0.106)],
      ['free', 2, expect.closeTo(15 * 0.106)],
    ]);
    expect(tenants.map(({ tenantId }) => tenantId)).toEqual(['bravo', 'acme', undefined]);
  });

  it('shares what transfer costs by who had how much of it', () => {
    const { total, tenants } = report([
      row('acme', { publicTransferBytes: 150e9 }),
      row('bravo', { publicTransferBytes: 50e9 }),
    ]);
    expect(total.total).toBeCloseTo(10);
    expect(tenants.map(({ cost }) => cost.total)).toEqual([expect.closeTo(7.5), expect.closeTo(2.5)]);
  });

  it('looks a week back, and no further than the hour that Neon has told whole', () => {
    expect(latelyOf(period, now)).toEqual({
      from: new Date('2026-11-08T11:00:00Z'),
      to: new Date('2026-11-15T11:00:00Z'),
    });
    const soon = new Date('2026-11-01T00:20:00Z');
    expect(latelyOf(period, soon)).toEqual({ from: period.start, to: period.start });
  });

  it('goes on with what a tenant cost lately until the month is over', () => {
    const week = 168;
    const [acme] = report([row('acme', hours(400))], [row('acme', hours(week))]).tenants;
    const left = (period.end.getTime() - now.getTime()) / 3_600_000;
    expect(acme?.forecastUsd).toBeCloseTo((400 + left) * 0.106);
  });

  it('takes a tenant that is three days old for what it cost in three days', () => {
    const since = new Date('2026-11-12T11:00:00Z');
    const used = row('acme', hours(72), { since });
    const [acme] = report([used], [used]).tenants;
    const left = (period.end.getTime() - now.getTime()) / 3_600_000;
    expect(acme?.forecastUsd).toBeCloseTo((72 + left) * 0.106);
  });

  it('expects nothing more of what is gone', () => {
    const gone = row('acme', hours(100), { goesOn: false });
    expect(report([gone], [gone]).forecastUsd).toBeCloseTo(100 * 0.106);
  });

  it('names the ten that cost the most for what was sent to anybody', () => {
    const idle = row('idle', hours(50), { since: period.start });
    const busy = row('busy', { ...hours(500), publicTransferBytes: 20e9 });
    const tiny = row('tiny', hours(0.0001));
    const many = Array.from({ length: 12 }, (_, at) =>
      row(`t${at}`, { ...hours(1), publicTransferBytes: 1e9 }),
    );
    const { leastForMost } = report([busy, tiny, ...many, idle]);
    expect(leastForMost).toHaveLength(10);
    expect(leastForMost.slice(0, 2).map(({ tenantId }) => tenantId)).toEqual(['idle', 'busy']);
    // It cost next to nothing, so that it is for nothing does not matter.
    expect(leastForMost.map(({ tenantId }) => tenantId)).not.toContain('tiny');
  });
});
