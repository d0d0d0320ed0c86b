import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { WantedPool } from '../tenancy/pool.js';
import { storableJson } from '../tenancy/storable.js';
import { noTenant } from '../tenancy/tenant-id.js';
import { claimFromPool, type PoolFit } from './pool-claim.js';
import { condemnPooled, reviewPools } from './pool-review.js';
import type { PoolRun, PoolTask } from './pool-run.js';
import { beginTurn } from './pool-turn.js';
import {
  createPosted,
  createRefused,
  doubtOfOthers,
  type LookAgain,
  now,
  oneAnswered,
  type Project,
  projectNamed,
} from './projects.js';
import type { CatalogSchema } from './schema.js';
import type { SecretsIn } from './secrets.js';
import { StaleRunError, type Writer } from './tenant.js';

/** The state of a plan's pool. */
export interface PoolState {
  readonly plan: string;
  /** How many can be taken. */
  readonly ready: number;
  /** How many a run is creating or migrating. */
  readonly making: number;
  /** Why it could not be filled last, and since when. */
  readonly trouble?: { readonly message: string; readonly since: Date; readonly tries: number };
}

/**
 * Projects that were made ahead of their tenants. A run that makes or migrates one proves in each step that it still
 * does: another run, or a drain, may have taken over. Such a step throws `StaleRunError`.
 */
export interface Pool {
  /**
   * Takes one project for a tenant that has none yet, in one transaction with its row, its owner's secret and its
   * usage; `undefined` when no project fits. Two tenants never get the same one. Idempotent. Throws `StaleRunError`.
   * @param name The name that the tenant's project gets.
   */
  claim(writer: Writer, name: string, fit: PoolFit): Promise<Project | undefined>;
  /** The claimed project is gone from Neon: the tenant has none again. Throws `StaleRunError`. */
  forgetClaimed(writer: Writer, name: string, neonId: string): Promise<void>;
  /**
   * Compares the pools with what the plans want: condemns projects that no plan has wanted for `graceMs`, and returns
   * the plans whose pool is to be filled now.
   */
  review(fleet: string, wanted: readonly WantedPool[], graceMs: number): Promise<string[]>;
  /**
   * Returns what the run is to do now: at most `refill` projects. Condemns those that an earlier run left unfinished.
   * Idempotent.
   * @param names At least `refill` new names.
   */
  begin(run: PoolRun, wanted: WantedPool, names: readonly string[]): Promise<PoolTask[]>;
  /** The project that the run is making; throws `StaleRunError` when it is no longer the run's. */
  held(run: PoolRun, name: string): Promise<Project>;
  markCreatePosted(run: PoolRun, name: string, region: string, lookAgain: LookAgain): Promise<void>;
  /** Neon refused the create. */
  clearCreatePosted(run: PoolRun, name: string): Promise<void>;
  recordCreated(run: PoolRun, name: string, neonId: string, owner: string): Promise<void>;
  /** Records who can log in besides the owner: whoever can later, and is not among them, is a stranger. */
  noteLogins(run: PoolRun, name: string, logins: readonly string[]): Promise<void>;
  /** From here on the project can be taken. */
  publish(run: PoolRun, name: string, schemaMark: string): Promise<void>;
  /** The run gives the project up: the sweep deletes it. */
  condemn(run: PoolRun, name: string): Promise<void>;
  /** Records why the pool could not be filled; it is tried again after growing waits. */
  noteTrouble(
    of: Pick<PoolRun, 'fleet' | 'plan'>,
    trouble: string,
    waits: { readonly firstMs: number; readonly longestMs: number },
  ): Promise<void>;
  clearTrouble(of: Pick<PoolRun, 'fleet' | 'plan'>): Promise<void>;
  /** The pools of a fleet: of the plans given, and of every plan that still has projects. */
  states(fleet: string, plans: readonly string[]): Promise<PoolState[]>;
  /** Projects without a tenant that the sweep could not delete, and why. */
  undeleted(fleet: string): Promise<{ readonly name: string; readonly trouble: string }[]>;
}

const mostUndeleted = 100;

export function createPool(db: Kysely<CatalogSchema>, secretsIn: SecretsIn): Pool {
  const inTx = <T>(work: (tx: Kysely<CatalogSchema>) => Promise<T>) => db.transaction().execute(work);
  const held = <T>(run: PoolRun, name: string, work: (tx: Kysely<CatalogSchema>) => Promise<T>) =>
    inTx(async (tx) => {
      await lockHeld(tx, run, name);
      return work(tx);
    });
  return {
    claim: (writer, name, fit) => inTx((tx) => claimFromPool(tx, secretsIn(tx), writer, name, fit)),
    forgetClaimed: (writer, name, neonId) => inTx((tx) => forgetClaimed(tx, writer, name, neonId)),
    review: (fleet, wanted, graceMs) => inTx((tx) => reviewPools(tx, fleet, wanted, graceMs)),
    begin: (run, wanted, names) => inTx((tx) => beginTurn(tx, run, wanted, names)),
    held: (run, name) => held(run, name, (tx) => knownProject(tx, name)),
    markCreatePosted: (run, name, region, [firstLook]) =>
      held(run, name, async (tx) => {
        await tx
          .updateTable('projects')
          .set({ ...createPosted(firstLook), region })
          .where('name', '=', name)
          .execute();
      }),
    clearCreatePosted: (run, name) =>
      held(run, name, async (tx) => {
        await tx.updateTable('projects').set(createRefused).where('name', '=', name).execute();
      }),
    recordCreated: (run, name, neonId, owner) =>
      held(run, name, async (tx) => {
        await tx
          .updateTable('projects')
          .set({ neon_id: neonId, create_posted_at: null, ...doubtOfOthers, ...oneAnswered })
          .where('name', '=', name)
          .execute();
        await tx
          .updateTable('usage_projects')
          .set({ plan: run.plan })
          .where('project_id', '=', neonId)
          .execute();
        await secretsIn(tx).put({ fleet: run.fleet, id: noTenant }, `project:${neonId}`, owner);
      }),
    noteLogins: (run, name, logins) =>
      held(run, name, async (tx) => {
        await tx
          .updateTable('projects')
          .set({ known_logins: storableJson(logins) })
          .where('name', '=', name)
          .execute();
      }),
    publish: (run, name, schemaMark) =>
      held(run, name, async (tx) => {
        await tx
          .updateTable('pool_projects')
          .set({ ready_at: now, schema_mark: schemaMark })
          .where('name', '=', name)
          .execute();
      }),
    condemn: (run, name) => held(run, name, (tx) => condemnPooled(tx, [name])),
    async noteTrouble({ fleet, plan }, trouble, { firstMs, longestMs }) {
      const wait = (tries: RawBuilder<unknown>) =>
        sql<Date>`now() + least(${firstMs}::float8 * 2 ^ least(${tries}, 30), ${longestMs}::float8) * interval '1 millisecond'`;
      await db
        .insertInto('pool_troubles')
        .values({ fleet, plan, trouble, due_at: wait(sql`0`) })
        .onConflict((conflict) =>
          conflict.columns(['fleet', 'plan']).doUpdateSet({
            trouble,
            tries: sql`pool_troubles.tries + 1`,
            due_at: wait(sql`pool_troubles.tries`),
          }),
        )
        .execute();
    },
    async clearTrouble({ fleet, plan }) {
      await db.deleteFrom('pool_troubles').where('fleet', '=', fleet).where('plan', '=', plan).execute();
    },
    states: (fleet, plans) => readStates(db, fleet, plans),
    undeleted: (fleet) =>
      db
        .selectFrom('projects')
        .select(['name', sql<string>`trouble`.as('trouble')])
        .where('fleet', '=', fleet)
        .where('tenant_id', '=', noTenant)
        .where('trouble', 'is not', null)
        .orderBy('name')
        .limit(mostUndeleted)
        .execute(),
  };
}

async function lockHeld(tx: Kysely<CatalogSchema>, run: PoolRun, name: string): Promise<void> {
  const row = await tx
    .selectFrom('pool_projects')
    .select(['run_id', 'ready_at'])
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirst();
  if (row?.run_id === run.runId) return;
  throw new StaleRunError(`run ${run.runId} does not make the pool's project "${name}" any more`);
}

async function knownProject(tx: Kysely<CatalogSchema>, name: string): Promise<Project> {
  const project = await projectNamed(tx, name);
  if (project !== undefined) return project;
  throw new Error(`the pool has a project "${name}" that is not on record`);
}

async function forgetClaimed(
  tx: Kysely<CatalogSchema>,
  writer: Writer,
  name: string,
  neonId: string,
): Promise<void> {
  await tx
    .updateTable('projects')
    .set({ neon_id: null, pool_name: null, create_posts: 0, region: null })
    .where('name', '=', name)
    .where('neon_id', '=', neonId)
    .where('fleet', '=', writer.fleet)
    .where('tenant_id', '=', writer.id)
    .where('pool_name', 'is not', null)
    .execute();
}

async function readStates(
  db: Kysely<CatalogSchema>,
  fleet: string,
  plans: readonly string[],
): Promise<PoolState[]> {
  const counts = await db
    .selectFrom('pool_projects')
    .select([
      'plan',
      sql<number>`(count(*) filter (where ready_at is not null and unfit_since is null))::integer`.as(
        'ready',
      ),
      sql<number>`(count(*) filter (where ready_at is null))::integer`.as('making'),
    ])
    .where('fleet', '=', fleet)
    .groupBy('plan')
    .execute();
  const troubles = await db.selectFrom('pool_troubles').selectAll().where('fleet', '=', fleet).execute();
  const all = [...new Set([...plans, ...counts.map(({ plan }) => plan)])].sort();
  return all.map((plan) => {
    const count = counts.find((row) => row.plan === plan);
    const trouble = plans.includes(plan) ? troubles.find((row) => row.plan === plan) : undefined;
    return {
      plan,
      ready: count?.ready ?? 0,
      making: count?.making ?? 0,
      ...(trouble && {
        trouble: { message: trouble.trouble, since: trouble.since, tries: trouble.tries },
      }),
    };
  });
}
