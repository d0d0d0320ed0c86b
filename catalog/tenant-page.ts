import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { CheckedTenantFilter } from '../tenancy/tenant-filter.js';
import type { TenantSort } from '../tenancy/tenant-sort.js';
import type { CatalogSchema } from './schema.js';
import { type Tenant, tenantOf, tenantRows } from './tenant.js';
import { idByCodePoint, meant } from './tenant-conditions.js';

/** A position in an order of tenants: right after this one, whether or not it still exists. */
export interface Position {
  readonly id: string;
  /** In microseconds, as in Postgres, when the order is by a time. */
  readonly time?: string;
}

export interface PageRequest {
  readonly filter: CheckedTenantFilter;
  readonly sort: TenantSort;
  readonly limit: number;
  readonly after?: Position | undefined;
}

export interface TenantRows {
  readonly tenants: readonly Tenant[];
  /** The start of the next page; absent on the last page. */
  readonly next?: Position;
}

/**
 * A page begins after a position rather than at an offset: every page costs the same, and inserts and deletes
 * do not shift other tenants between pages.
 */
export async function tenantPage(
  db: Kysely<CatalogSchema>,
  fleet: string,
  { filter, sort, limit, after }: PageRequest,
): Promise<TenantRows> {
  const { time, direction } = orders[sort];
  const rows = await tenantRows(db)
    .select(time === undefined ? sql<string>`''`.as('time') : timeAsText(time).as('time'))
    .where((tenants) => meant(tenants, fleet, filter))
    .$call(behind(sort, after))
    .$if(time !== undefined, (query) => query.orderBy(`tenants.${time ?? 'created_at'}`, direction))
    .orderBy(idByCodePoint, direction)
    // One more than the limit, to see whether there is a next page.
    .limit(limit + 1)
    .execute();
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    tenants: shown.map(tenantOf),
    ...(rows.length > limit && last !== undefined
      ? { next: { id: last.id, ...(time === undefined ? {} : { time: last.time }) } }
      : {}),
  };
}

export async function countTenants(
  db: Kysely<CatalogSchema>,
  fleet: string,
  { filter, sort, after }: Omit<PageRequest, 'limit'>,
): Promise<number> {
  const { count } = await db
    .selectFrom('tenants')
    .select((query) => query.fn.countAll<string>().as('count'))
    .where((tenants) => meant(tenants, fleet, filter))
    .$call(behind(sort, after))
    .executeTakeFirstOrThrow();
  return Number(count);
}

type Time = 'created_at' | 'updated_at';

const orders: Readonly<Record<TenantSort, { readonly time?: Time; readonly direction: 'asc' | 'desc' }>> = {
  id: { direction: 'asc' },
  '-id': { direction: 'desc' },
  createdAt: { time: 'created_at', direction: 'asc' },
  '-createdAt': { time: 'created_at', direction: 'desc' },
  updatedAt: { time: 'updated_at', direction: 'asc' },
  '-updatedAt': { time: 'updated_at', direction: 'desc' },
};

function behind(sort: TenantSort, after: Position | undefined) {
  const { time, direction } = orders[sort];
  const comparison = sql.raw(direction === 'asc' ? '>' : '<');
  return <Row>(query: SelectQueryBuilder<CatalogSchema, 'tenants', Row>) => {
    if (after === undefined) return query;
    // A row comparison, which an index answers.
    return time === undefined
      ? query.where(sql<boolean>`${idByCodePoint} ${comparison} ${after.id}`)
      : query.where(
          sql<boolean>`(${sql.ref(`tenants.${time}`)}, ${idByCodePoint}) ${comparison} (${after.time ?? ''}::timestamptz, ${after.id})`,
        );
  };
}

/** A `Date` would lose the microseconds, and with them the position. */
function timeAsText(time: Time) {
  return sql<string>`to_char(${sql.ref(`tenants.${time}`)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
}
