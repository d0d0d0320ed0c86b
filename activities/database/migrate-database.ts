import { cancellationSignal } from '@temporalio/activity';
import type pg from 'pg';
import { contractsOf, isBefore } from '../../tenancy/contracts.js';
import { failure } from '../../tenancy/failures.js';
import type { Fleet } from '../../tenancy/fleet.js';
import { numberOf } from '../../tenancy/migration-files.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { firstHeldBack, refuseHeldBack } from '../held-back-contract.js';
import { knownSecret } from '../known-secret.js';
import { lackingMigration } from '../lacking.js';
import { isPassingForMigration, told } from '../postgres-failure.js';
import { isPostgresError, wordsOf } from '../postgres-words.js';
import { type TenantInput, writerOf } from '../tenant-input.js';
import { soundMigrations } from './sound-migrations.js';
import { applyMigration, type Migration } from './sql/apply-migration.js';
import { withFleetSession } from './sql/fleet-session.js';
import { type AppliedMigration, appliedMigrations, ensureLedger, newestMigration } from './sql/ledger.js';
import { inTurn } from './sql/turn.js';
import { withTenantDatabase } from './tenant-database.js';

export interface MigrationsApplied {
  /** The files that were applied now, in order, without `.sql`. */
  readonly applied: readonly string[];
  /** The newest one that the database has; `undefined` where it has none. */
  readonly newest: string | undefined;
}

/**
 * Applies the fleet's migrations to a new database as the owner, each file at most once: those alone that have been rolled out where
 * a rollout is held up, and none from a contract on that is held back, because the same code is to serve the tenant. Returns the name
 * of the newest migration applied; none when the fleet has none.
 */
export function migrateDatabase({ catalog, fleet }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<string | undefined> => {
    const folder = fleet.migrations;
    if (folder === undefined) return undefined;
    // Before anything is touched.
    const all = await soundMigrations(folder);
    const held = await catalog.rollouts.newcomersAt(fleet.name);
    const rolledOut = held === undefined ? all : notBeyond(held.upTo, all);
    const contract = await firstHeldBack({ catalog, fleet }, contractsOf(rolledOut));
    const migrations =
      contract === undefined ? rolledOut : rolledOut.filter(({ name }) => isBefore(name, contract.name));
    const apply = async (client: pg.Client) => {
      await migrate(client, migrations, fleet.timings);
      return newestMigration(client);
    };
    return heartbeatWhile(withTurnOfTheOwner({ catalog }, { tenant }, apply));
  };
}

/**
 * Applies the fleet's migrations to a tenant that is in use, those up to `to` where one is named. However it ends, the catalog
 * has what the database has: a file that fails leaves those before it applied. Throws `UnknownMigration` where this worker's
 * folder does not have `to`; `ContractBlocked`, with nothing applied, where a contract among them is held back.
 */
export function applyMigrations({ catalog, fleet }: Dependencies) {
  return async (input: TenantInput & { readonly to?: string }): Promise<MigrationsApplied> => {
    const { tenant, to } = input;
    const migrations = upTo(
      fleet,
      to,
      fleet.migrations === undefined ? [] : await soundMigrations(fleet.migrations),
    );
    const apply = async (client: pg.Client) => {
      let applied: readonly string[];
      const contracts = contractsOf(migrations);
      const mayApply = (pending: readonly Migration[]) =>
        refuseHeldBack(
          { catalog, fleet },
          contracts.filter((file) => pending.some(({ name }) => name === file.name)),
        );
      try {
        applied = await migrate(client, migrations, fleet.timings, mayApply);
      } finally {
        await catalog.tenants.noteSchema(writerOf(input), await newestMigration(client));
      }
      return { applied, newest: await newestMigration(client) };
    };
    return heartbeatWhile(withTurnOfTheOwner({ catalog }, { tenant }, apply));
  };
}

function notBeyond(newest: string | undefined, migrations: readonly Migration[]): readonly Migration[] {
  return migrations.filter(({ name }) => newest !== undefined && numberOf(name) <= numberOf(newest));
}

/** Those up to the one that is named. Throws `UnknownMigration` where there is none of that name. */
export function upTo(
  fleet: Fleet,
  to: string | undefined,
  migrations: readonly Migration[],
): readonly Migration[] {
  if (to === undefined) return migrations;
  const last = migrations.findIndex(({ name }) => name === to);
  if (last === -1)
    throw lackingMigration(
      fleet,
      to,
      migrations.map(({ name }) => name),
    );
  return migrations.slice(0, last + 1);
}

async function withTurnOfTheOwner<T>(
  { catalog }: Pick<Dependencies, 'catalog'>,
  { tenant }: TenantInput,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withTurnOf(await knownSecret(catalog, tenant, 'owner'), { tenant }, work);
}

/**
 * Works as the owner in any database of the tenant's. A turn, which a second connection holds, keeps an attempt that was taken for dead
 * from running beside the next.
 */
export function withTurnOf<T>(
  owner: string,
  { tenant }: TenantInput,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const signal = cancellationSignal();
  return withTenantDatabase(owner, signal, (guard) =>
    inTurn(guard, () => withFleetSession(owner, appGroupName(tenant.id), signal, work)),
  );
}

/** Returns the names of those that were applied now. */
async function migrate(
  client: pg.Client,
  migrations: readonly Migration[],
  { migrationStatement: statementMs, migrationLock: lockMs }: Fleet['timings'],
  mayApply?: (pending: readonly Migration[]) => Promise<void>,
): Promise<string[]> {
  const pending = await pendingOf(client, migrations);
  await mayApply?.(pending);
  await ensureLedger(client);
  for (const migration of pending) {
    await applyMigration(client, migration, { statementMs, lockMs }).catch((error: unknown) => {
      throw failureOf(error, migration);
    });
  }
  return pending.map(({ name }) => name);
}

/** Those that the database lacks. Throws `MigrationFailed` where one was changed since it was applied there, or comes too late. */
export async function pendingOf(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const applied = await appliedMigrations(client);
  refuseChanged(migrations, applied);
  const there = new Set(applied.map(({ name }) => name));
  const pending = migrations.filter(({ name }) => !there.has(name));
  refuseOvertaken(pending, applied.at(-1));
  return pending;
}

/** What the tenants have is what the files say, or nobody knows what they have. */
function refuseChanged(migrations: readonly Migration[], applied: readonly AppliedMigration[]): void {
  const sums = new Map(applied.map(({ name, sha256 }) => [name, sha256]));
  const changed = migrations.find(({ name, sha256 }) => ![sha256, null, undefined].includes(sums.get(name)));
  if (changed === undefined) return;
  const file = `${changed.name}.sql`;
  throw failure(
    'MigrationFailed',
    `migration ${file} was changed after it was applied here: put it back as it was, and write what is new into a file of its own`,
    { details: { file } },
  );
}

/** Other tenants may have had it before what this one has already. */
function refuseOvertaken([first]: readonly Migration[], newest: AppliedMigration | undefined): void {
  if (first === undefined || newest === undefined || numberOf(first.name) > numberOf(newest.name)) return;
  const file = `${first.name}.sql`;
  throw failure(
    'MigrationFailed',
    `migration ${file} comes before ${newest.name}.sql, which was applied here already: give it a higher number`,
    { details: { file } },
  );
}

/** What to tell of a file that Postgres refused. */
export function failureOf(error: unknown, { name, script }: Migration) {
  const file = `${name}.sql`;
  if (isPassingForMigration(error))
    return failure('DatabaseUnreachable', `migration ${file} is to be tried again: ${told(error)}`, {
      details: { file, ...(isPostgresError(error) ? { sqlState: error.code } : {}) },
    });
  if (!isPostgresError(error)) return error;
  const line = lineOf(script.up, error.position);
  const where = line === undefined ? file : `${file}, line ${line}`;
  return failure('MigrationFailed', `migration ${where}: ${wordsOf(error, script.up)}`, {
    details: { file, ...(line === undefined ? {} : { line }), sqlState: error.code },
  });
}

/** The line at which Postgres found fault. It counts characters, and JavaScript halves of some. */
function lineOf(text: string, position: string | undefined): number | undefined {
  if (position === undefined) return undefined;
  return [...text].slice(0, Number(position) - 1).filter((character) => character === '\n').length + 1;
}
