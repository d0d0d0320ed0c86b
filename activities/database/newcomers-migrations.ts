import { contractsOf, isBefore } from '../../tenancy/contracts.js';
import { numberOf } from '../../tenancy/migration-files.js';
import type { Dependencies } from '../dependencies.js';
import { firstHeldBack } from '../held-back-contract.js';
import { soundMigrations } from './sound-migrations.js';
import type { Migration } from './sql/apply-migration.js';

/**
 * The migrations that a new tenant gets: while a rollout is held up, only those that have been rolled out, and none from
 * a held-back contract on, because the same code must serve all tenants. Throws `MigrationFailed` for a flawed folder.
 */
export async function newcomersMigrations({
  catalog,
  fleet,
}: Pick<Dependencies, 'catalog' | 'fleet'>): Promise<readonly Migration[]> {
  if (fleet.migrations === undefined) return [];
  const all = await soundMigrations(fleet.migrations);
  const held = await catalog.rollouts.newcomersAt(fleet.name);
  const rolledOut = held === undefined ? all : notBeyond(held.upTo, all);
  const contract = await firstHeldBack({ catalog, fleet }, contractsOf(rolledOut));
  return contract === undefined ? rolledOut : rolledOut.filter(({ name }) => isBefore(name, contract.name));
}

function notBeyond(newest: string | undefined, migrations: readonly Migration[]): readonly Migration[] {
  return migrations.filter(({ name }) => newest !== undefined && numberOf(name) <= numberOf(newest));
}
