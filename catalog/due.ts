import { type Kysely, sql } from 'kysely';
import { settledStates, type TenantState } from '../tenancy/lifecycle.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { now } from './projects.js';
import { unmade } from './resources.js';
import type { CatalogSchema, KeptKind, ResourceKind } from './schema.js';

/** What is due at a moment. Each entry is a row with a time, so a missed sweep loses nothing. */
export interface Due {
  /** Former projects whose grace period is over, condemned projects, and creates in doubt. */
  readonly projects: readonly { readonly tenantId: TenantId; readonly name: string }[];
  /** Copies of tenants' databases that have expired. */
  readonly branches: readonly DueBranch[];
  /** Snapshots, and states before restores, that may or may not have been created. */
  readonly intended: readonly DueIntended[];
  /** Snapshots, and states before restores, that have expired. */
  readonly kept: readonly DueKept[];
  /** Some tenants in a transitional state, each with the run that holds or held it. */
  readonly passing: readonly PassingTenant[];
}

export interface DueBranch {
  readonly tenantId: TenantId;
  /** The user's name for it. */
  readonly name: string;
  readonly projectId: string;
  /** Absent when it may not have been created: then the sweep looks for it by its name. */
  readonly branchId?: string;
}

/** A snapshot or kept state that has expired. */
export interface DueKept {
  readonly tenantId: TenantId;
  readonly kind: KeptKind;
  readonly name: string;
  readonly projectId: string;
  readonly neonId: string;
}

/** What an interrupted run was about to create. */
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
  /** The input of that run. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** The rest of its grace period, in milliseconds. */
  readonly leftMs: number;
}

export interface DueLimits {
  /** The most projects and copies. */
  readonly most: number;
  /** The most tenants. */
  readonly mostLooks: number;
  /** The pause before a failed deletion is resumed, in milliseconds. */
  readonly againMs: number;
}

/** Reads what is due now, up to a limit for each kind. */
export async function findDue(
  db: Kysely<CatalogSchema>,
  fleet: string,
  { most, mostLooks, againMs }: DueLimits,
): Promise<Due> {
  const [projects, branches, intended, kept, tenants] = await Promise.all([
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
    db
      .selectFrom('resources')
      .select(['tenant_id as tenantId', 'name', 'project_id as projectId', 'neon_id as neonId'])
      .select((row) => row.ref('kind').$castTo<KeptKind>().as('kind'))
      .where('fleet', '=', fleet)
      .where('kind', 'in', ['snapshot', 'kept-state'])
      .where('neon_id', '<>', unmade)
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
    kept,
    passing: tenants,
  };
}

/**
 * Tenants in a transitional state. Most have a run, which only Temporal knows, so no order is better than another. A
 * tenant whose operation has failed needs a person, unless only a deletion has to be resumed.
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
