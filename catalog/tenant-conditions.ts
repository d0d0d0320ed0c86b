import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { settledStates } from '../tenancy/lifecycle.js';
import { overQuotaStates } from '../tenancy/over-quota.js';
import type { CheckedTenantFilter } from '../tenancy/tenant-filter.js';
import type { CatalogSchema } from './schema.js';

type Tenants = ExpressionBuilder<CatalogSchema, 'tenants'>;
type Condition = Expression<SqlBool>;

/** Sorts ids by code point, as the indexes for lists do. */
export const idByCodePoint = sql<string>`${sql.ref('tenants.id')} collate "C"`;

/** Sorts after every id that continues its prefix: no id contains it, because it is not a character. */
const behindAll = '\u{10ffff}';

const failureType = sql<string>`(${sql.ref('tenants.failure')} ->> 'type')`;

/** The SQL condition of each part of a filter. */
const conditions: {
  readonly [Part in keyof CheckedTenantFilter]-?: (
    tenants: Tenants,
    asked: Exclude<CheckedTenantFilter[Part], undefined>,
    fleet: string,
  ) => Condition;
} = {
  state: (tenants, states) => tenants('tenants.state', 'in', states),
  plan: (tenants, plans) => tenants('tenants.plan', 'in', plans),
  region: (tenants, regions, fleet) =>
    tenants(
      'tenants.id',
      'in',
      tenants
        .selectFrom('projects')
        .select('projects.tenant_id')
        .where('projects.fleet', '=', fleet)
        .where('projects.role', '=', 'live')
        .where('projects.region', 'in', regions),
    ),
  failure: (tenants, types) =>
    tenants.and([tenants('tenants.failure', 'is not', null), tenants(failureType, 'in', types)]),
  attention: (tenants, wanted, fleet) => {
    const needed = needsAttention(tenants, fleet);
    return wanted ? needed : tenants.not(needed);
  },
  idPrefix: (tenants, prefix) =>
    tenants.and([tenants(idByCodePoint, '>=', prefix), tenants(idByCodePoint, '<', prefix + behindAll)]),
  createdSince: (tenants, time) => tenants('tenants.created_at', '>=', time),
  createdBefore: (tenants, time) => tenants('tenants.created_at', '<', time),
  updatedSince: (tenants, time) => tenants('tenants.updated_at', '>=', time),
  updatedBefore: (tenants, time) => tenants('tenants.updated_at', '<', time),
};

/** The tenants of a fleet that match a filter. */
export function meant(tenants: Tenants, fleet: string, filter: CheckedTenantFilter): Condition {
  const asked = Object.entries(filter).filter(([, value]) => value !== undefined);
  return tenants.and([
    tenants('tenants.fleet', '=', fleet),
    ...asked.map(([part, value]) =>
      conditions[part as keyof CheckedTenantFilter](tenants, value as never, fleet),
    ),
  ]);
}

/** The rule of `attentionTo` in client/attention.ts, which tests hold against this one. */
export function needsAttention(tenants: Tenants, fleet: string): Condition {
  return tenants('tenants.id', 'in', needingAttention(tenants, fleet));
}

/**
 * The ids of those tenants. Three small indexes instead of one condition with `or`, for which Postgres would scan
 * every tenant.
 */
export function needingAttention(tenants: Tenants, fleet: string) {
  const inTrouble = (table: 'projects' | 'resources') =>
    tenants
      .selectFrom(table)
      .select(`${table}.tenant_id as id`)
      .where(`${table}.fleet`, '=', fleet)
      .where(`${table}.trouble`, 'is not', null);
  const failed = tenants
    .selectFrom('tenants as failed')
    .select('failed.id')
    .where('failed.fleet', '=', fleet)
    .where('failed.failure', 'is not', null)
    .where((row) =>
      row.or([
        row('failed.state', 'not in', settledStates),
        row(sql`(${sql.ref('failed.failure')} ->> 'type')`, '=', 'RoleUnfit'),
        row.and([
          row(sql`(${sql.ref('failed.failure')} ->> 'type')`, '=', 'DatabaseOverQuota'),
          row('failed.state', 'in', overQuotaStates),
        ]),
      ]),
    );
  return failed.union(inTrouble('projects')).union(inTrouble('resources'));
}
