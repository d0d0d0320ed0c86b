import type { Cost, FleetCost, TenantCost } from '../client/index.js';
import { usageMetricNames } from '../tenancy/usage.js';
import { costParts } from '../tenancy/usage-cost.js';
import { age } from './age.js';
import { table } from './table.js';

/** Stands for tenants that are erased, and whose ids must not be known. */
const erased = '(erased)';

/** Stands for the projects that wait for a tenant. */
const pool = '(pool)';

export const nameOf = ({ tenantId, isPool }: Pick<TenantCost, 'tenantId' | 'isPool'>) =>
  tenantId ?? (isPool ? pool : erased);

/** Rounds to the cent; a positive amount below one cent does not look like zero. */
export function usd(amount: number): string {
  if (amount > 0 && amount < 0.01) return '<$0.01';
  return `$${amount.toFixed(2)}`;
}

const dearest = 20;
const head = ['', 'cost', 'forecast', ...costParts];

/** For a person: the plans, the most expensive tenants, and those with the highest cost for the least use. */
export function costLines(cost: FleetCost): string[] {
  const { period, total, forecastUsd, plans, tenants, leastForMost } = cost;
  const row = (name: string, of: Cost, forecast: number) => [
    name,
    usd(of.total),
    usd(forecast),
    ...costParts.map((part) => usd(of[part])),
  ];
  const rest = tenants.length - dearest;
  return [
    `${period.name}: ${usd(total.total)} so far, ${usd(forecastUsd)} at the end of the month, at the prices of Neon's ${cost.neonPlan} plan`,
    ...progressLines(cost),
    ...(tenants.length === 0
      ? ['nothing was used yet']
      : [
          '',
          table([
            ['plan', ...head.slice(1)],
            ...plans.map(({ plan, cost, forecastUsd }) => row(plan, cost, forecastUsd)),
            row('all', total, forecastUsd),
          ]),
          '',
          table([
            ['tenant', 'plan', ...head.slice(1)],
            ...tenants
              .slice(0, dearest)
              .map((tenant) => [
                nameOf(tenant),
                tenant.plan,
                ...row('', tenant.cost, tenant.forecastUsd).slice(1),
              ]),
          ]),
          ...(rest > 0 ? [`and ${rest} more: --csv and --json have all`] : []),
          ...budgetLines(cost),
          '',
          'the most for the least, by what they cost for each megabyte that they sent to anybody:',
          table([
            ['tenant', 'plan', 'cost', 'sent'],
            ...leastForMost.map((tenant) => [
              nameOf(tenant),
              tenant.plan,
              usd(tenant.cost.total),
              megabytes(tenant.usage.publicTransferBytes),
            ]),
          ]),
        ]),
  ];
}

/** Shows tenants from this percentage of their budget on, and those that are stopped. */
const shownFrom = 80;

function budgetLines({ budgets }: FleetCost): string[] {
  const shown = budgets.filter(({ percent, stoppedAt }) => percent >= shownFrom || stoppedAt !== undefined);
  if (shown.length === 0) return [];
  return [
    '',
    table([
      ['tenant', 'plan', 'budget', 'spent', ''],
      ...shown
        .slice(0, dearest)
        .map(({ tenantId, plan, usd: budget, percent, stoppedAt }) => [
          tenantId,
          plan,
          usd(budget),
          `${percent} %`,
          stoppedAt === undefined ? '' : `suspended for ${age(stoppedAt)}`,
        ]),
    ]),
  ];
}

function progressLines({ progress: { readAt, dueSince, lostHours } }: FleetCost): string[] {
  const lost =
    lostHours === 0
      ? []
      : [
          `${lostHours} hours of projects were not read in time, and are in no sum: Neon tells a week of them`,
        ];
  if (readAt === undefined) return ['no usage was read yet: a worker reads it', ...lost];
  const behind = dueSince === undefined ? '' : `; what is due has waited for ${age(dueSince)}`;
  return [`read ${age(readAt)} ago${behind}`, ...lost];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The output of `--json`. Fields are only ever added. */
export function costView(cost: FleetCost) {
  const { fleet, period, neonPlan, rates, total, forecastUsd, plans, tenants, leastForMost, progress } = cost;
  const { readAt, due, dueSince, lostHours } = progress;
  return {
    fleet,
    period: period.name,
    from: period.start,
    to: period.end,
    neonPlan,
    rates,
    cost: total,
    forecastUsd,
    plans,
    tenants: tenants.map(tenantView),
    leastForMost: leastForMost.map(tenantView),
    budgets: cost.budgets.map(({ tenantId, stoppedAt, ...budget }) => ({
      id: tenantId,
      ...budget,
      stoppedAt: stoppedAt ?? null,
    })),
    progress: { readAt: readAt ?? null, due, dueSince: dueSince ?? null, lostHours },
  };
}

function tenantView({ tenantId, isPool, plan, cost, forecastUsd, usage }: TenantCost) {
  return { id: tenantId ?? null, plan, cost, forecastUsd, usage, isPool: isPool === true };
}

/** A row for each tenant and plan, in US dollars and in Neon's raw units. */
export function costRows({ period, tenants }: FleetCost): (string | number)[][] {
  const metrics = [...usageMetricNames, 'extraBranchHours'] as const;
  return [
    [
      'period',
      'tenant',
      'plan',
      'usd',
      'forecastUsd',
      ...costParts.map((part) => `${part}Usd`),
      ...metrics,
      'pool',
    ],
    ...tenants.map((tenant) => [
      period.name,
      tenant.tenantId ?? '',
      tenant.plan,
      tenant.cost.total,
      tenant.forecastUsd,
      ...costParts.map((part) => tenant.cost[part]),
      ...metrics.map((metric) => tenant.usage[metric]),
      tenant.isPool ? 'yes' : '',
    ]),
  ];
}
