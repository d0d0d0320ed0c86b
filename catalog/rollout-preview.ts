import { type Kysely, sql } from 'kysely';
import type { TenantOperation, TenantState } from '../tenancy/lifecycle.js';
import { sizeOf, type Wave } from '../tenancy/rollout.js';
import { type CheckedTenantFilter, tenantFilterSchema } from '../tenancy/tenant-filter.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { CatalogSchema } from './schema.js';
import { idByCodePoint, meant } from './tenant-conditions.js';

/** The tenants that a rollout would treat. */
export interface Meant {
  /** The number of matching tenants in each state. */
  readonly byState: Readonly<Partial<Record<TenantState, number>>>;
  /** The number of tenants in each wave. */
  readonly waves: readonly number[];
  /** Some of them, by id. */
  readonly sample: readonly TenantId[];
  /** The median duration of the latest operations of this kind, in seconds; absent when there is none on record. */
  readonly secondsEach?: number;
}

/** The part of a rollout that selects its tenants. */
export interface RolloutOutline {
  readonly filter: CheckedTenantFilter;
  readonly waves: readonly Wave[];
  /** Absent for a user-defined workflow. */
  readonly operation: TenantOperation | undefined;
}

const sampled = 10;
const latest = 200;

export async function previewRollout(
  db: Kysely<CatalogSchema>,
  fleet: string,
  { filter, waves, operation }: RolloutOutline,
): Promise<Meant> {
  const byState = await db
    .selectFrom('tenants')
    .select(['tenants.state', (query) => query.fn.countAll<string>().as('tenants')])
    .where((tenants) => meant(tenants, fleet, filter))
    .groupBy('tenants.state')
    .execute();
  const total = byState.reduce((sum, { tenants }) => sum + Number(tenants), 0);
  const countMatching = async (only: CheckedTenantFilter) => {
    const { tenants } = await db
      .selectFrom('tenants')
      .select((query) => query.fn.countAll<string>().as('tenants'))
      .where((each) => each.and([meant(each, fleet, filter), meant(each, fleet, only)]))
      .executeTakeFirstOrThrow();
    return Number(tenants);
  };
  const sizes: number[] = [];
  for (const { where, size } of waves.slice(0, -1)) {
    const only = tenantFilterSchema.parse(where ?? {});
    const left = total - sizes.reduce((sum, count) => sum + count, 0);
    // A wave with only a size draws from all tenants.
    const matching = Object.keys(only).length === 0 ? total : await countMatching(only);
    sizes.push(Math.min(left, matching, sizeOf(size, total)));
  }
  const sample = await db
    .selectFrom('tenants')
    .select('tenants.id')
    .where((tenants) => meant(tenants, fleet, filter))
    .orderBy(idByCodePoint)
    .limit(sampled)
    .execute();
  const seconds = operation === undefined ? undefined : await secondsOf(db, fleet, operation);
  return {
    byState: Object.fromEntries(byState.map(({ state, tenants }) => [state, Number(tenants)])),
    waves: [...sizes, total - sizes.reduce((sum, count) => sum + count, 0)],
    sample: sample.map(({ id }) => id),
    ...(seconds === undefined ? {} : { secondsEach: seconds }),
  };
}

async function secondsOf(
  db: Kysely<CatalogSchema>,
  fleet: string,
  operation: TenantOperation,
): Promise<number | undefined> {
  const { rows } = await sql<{ seconds: number | null }>`
    select percentile_cont(0.5) within group (order by extract(epoch from ended.at - began.at)) as seconds
    from (
      select run_id, at from tenantry.history
      where fleet = ${fleet} and operation = ${operation} and event = 'succeeded'
      order by id desc limit ${latest}
    ) ended
    join tenantry.history began on began.fleet = ${fleet} and began.run_id = ended.run_id and began.event = 'began'`.execute(
    db,
  );
  return rows[0]?.seconds ?? undefined;
}

export interface SchemaCount {
  /** Without `.sql`; absent for tenants without any. */
  readonly schemaVersion?: string;
  readonly tenants: number;
}

/** Tenants that have a database, or are about to, by their newest migration. */
export async function countSchemas(db: Kysely<CatalogSchema>, fleet: string): Promise<SchemaCount[]> {
  const rows = await db
    .selectFrom('tenants')
    .select(['schema_version', (query) => query.fn.countAll<string>().as('tenants')])
    .where('fleet', '=', fleet)
    .where('state', 'not in', ['offboarded', 'failed'])
    .groupBy('schema_version')
    .orderBy(sql`substring(schema_version from '^[0-9]+')::numeric`, (order) => order.desc().nullsLast())
    .execute();
  return rows.map(({ schema_version, tenants }) => ({
    ...(schema_version === null ? {} : { schemaVersion: schema_version }),
    tenants: Number(tenants),
  }));
}
