import { type Kysely, sql } from 'kysely';
import { settledStates, type TenantState } from '../tenancy/lifecycle.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { now } from './projects.js';
import { unmade } from './resources.js';
import type { CatalogSchema, ResourceKind } from './schema.js';

/** What is due at a moment: each is a row with a time, so whoever missed a turn has lost nothing. */
export interface Due {
  /** Former projects whose time is up, projects that are to go, and creates in doubt. */
  readonly projects: readonly { readonly tenantId: TenantId; readonly name: string }[];
  /** Copies of tenants' databases whose time is up. */
  readonly branches: readonly DueBranch[];
  /** Snapshots, and states before restores, of which nobody knows whether they came to be. */
  readonly intended: readonly DueIntended[];
  /** Some tenants in a state that passes, with the run that has them in its hands, or had. */
  readonly passing: readonly PassingTenant[];
}

export interface DueBranch {
  readonly tenantId: TenantId;
  /** As it was given. */
  readonly name: string;
  readonly projectId: string;
  /** Absent where it may not have come to be: then it is looked for by its name. */
  readonly branchId?: string;
}

/** What a run that was cut off was about to make. */
export interface DueIntended {
  readonly tenantId: TenantId;
  readonly kind: ResourceKind;
  readonly name: string;
  readonly projectId: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface PassingTenant {
  readonly tenantId: TenantId;
  readonly state: TenantState;
  readonly runId: string;
  /** What that run was asked for. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** What is left of the grace that it was given, in milliseconds. */
  readonly leftMs: number;
}

export interface DueLimits {
  /** So many projects and copies. */
  readonly most: number;
  /** So many tenants. */
  readonly mostLooks: number;
  /** A deletion that failed is gone on with after so long, in milliseconds. */
  readonly againMs: number;
}

/** Reads what is due now, so many of each kind at most. */
export async function findDue(
  db: Kysely<CatalogSchema>,
  fleet: string,
  { most, mostLooks, againMs }: DueLimits,
): Promise<Due> {
  const [projects, branches, intended, tenants] = await Promise.all([
    db
      .selectFrom('projects')
      .select(['tenant_id as tenantId', 'name'])
      .where('fleet', '=', fleet)
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .limit(most)
      .execute(),
    db
      .selectFrom('resources')
      .select(['tenant_id as tenantId', 'name', 'project_id as projectId', 'neon_id as branchId'])
      .where('fleet', '=', fleet)
      .where('kind', '=', 'branch')
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .limit(most)
      .execute(),
    db
      .selectFrom('resources')
      .select(['tenant_id as tenantId', 'kind', 'name', 'project_id as projectId', 'detail'])
      .where('fleet', '=', fleet)
      .where('kind', '<>', 'branch')
      .where('neon_id', '=', unmade)
      .where('due_at', '<=', now)
      .orderBy('due_at')
      .limit(most)
      .execute(),
    passing(db, fleet, againMs).limit(mostLooks).execute(),
  ]);
  return {
    projects,
    branches: branches.map(({ branchId, ...branch }) => ({
      ...branch,
      ...(branchId === unmade ? {} : { branchId }),
    })),
    intended,
    passing: tenants,
  };
}

/**
 * Tenants whose state passes. Most have a run, which only Temporal knows, so no order is better than another. One whose operation
 * has failed is a person's to see to, unless it is only a deletion that has to go on.
 */
function passing(db: Kysely<CatalogSchema>, fleet: string, againMs: number) {
  return db
    .selectFrom('tenants')
    .leftJoin('history', (join) =>
      join
        .onRef('history.fleet', '=', 'tenants.fleet')
        .onRef('history.tenant_id', '=', 'tenants.id')
        .onRef('history.run_id', '=', 'tenants.run_id')
        .on('history.event', '=', 'began'),
    )
    .select([
      'tenants.id as tenantId',
      'tenants.state',
      'tenants.run_id as runId',
      sql<Record<string, unknown>>`coalesce(history.detail, '{}')`.as('asked'),
      sql<number>`greatest(0, ceil(coalesce((history.detail ->> 'graceMs')::float8, 0)
        - extract(epoch from now() - history.at) * 1000))::float8`.as('leftMs'),
    ])
    .where('tenants.fleet', '=', fleet)
    .where('tenants.state', 'not in', settledStates)
    .where((row) =>
      row.or([
        row('tenants.failure', 'is', null),
        row.and([
          row('tenants.state', 'in', ['offboarding', 'erasing']),
          row('tenants.updated_at', '<=', sql<Date>`now() - ${againMs}::float8 * interval '1 millisecond'`),
        ]),
      ]),
    )
    .orderBy(sql`random()`);
}
