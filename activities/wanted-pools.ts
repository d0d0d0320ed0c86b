import { createHash } from 'node:crypto';
import type { Plan } from '../tenancy/plan.js';
import { plansWithPools, type WantedPool } from '../tenancy/pool.js';
import { newcomersMigrations } from './database/newcomers-migrations.js';
import type { Migration } from './database/sql/apply-migration.js';
import type { Dependencies } from './dependencies.js';
import { knownPlan } from './known-plan.js';
import { projectRequest } from './neon/project-request.js';

type Known = Pick<Dependencies, 'catalog' | 'fleet'>;

/** What this worker's fleet wants in its pools. Throws `MigrationFailed` for a flawed folder of migrations. */
export async function wantedPools({ catalog, fleet }: Known): Promise<WantedPool[]> {
  const pools = plansWithPools(fleet.plans);
  if (pools.length === 0) return [];
  const schemaMarks = schemaMarksOf(await newcomersMigrations({ catalog, fleet }));
  return pools.map(([plan, pool]) => ({
    plan,
    ...pool,
    settingsMark: settingsMarkOf(knownPlan(fleet, plan)),
    schemaMarks,
  }));
}

/** The same for one plan; `undefined` for a plan without a pool. */
export async function wantedPool(known: Known, plan: string): Promise<WantedPool | undefined> {
  if (knownPlan(known.fleet, plan).pool === undefined) return undefined;
  return (await wantedPools(known)).find((pool) => pool.plan === plan);
}

/** A digest of the request that creates a project of the plan: a project that was asked for otherwise is another one. */
export function settingsMarkOf(plan: Plan): string {
  return digest(JSON.stringify(projectRequest('', plan)));
}

/** A digest of each beginning of the migrations, from none of them to all. */
export function schemaMarksOf(
  migrations: readonly Pick<Migration, 'name' | 'sha256'>[],
): readonly [string, ...string[]] {
  const marks: [string, ...string[]] = [digest('no migration')];
  for (const { name, sha256 } of migrations) marks.push(digest(`${marks.at(-1)} ${name} ${sha256}`));
  return marks;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
