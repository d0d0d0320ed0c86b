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
import { failedLine } from './sql/run-script.js';
import { inTurn } from './sql/turn.js';
import { withTenantDatabase } from './tenant-database.js';

export interface MigrationsApplied {
  /** The files that this call applied, in order, without `.sql`. */
  readonly applied: readonly string[];
  /** The newest migration that the database has; `undefined` if it has none. */
  readonly newest: string | undefined;
}

/**
 * Applies the fleet's migrations to a new database as the owner, each file at most once. While a rollout is
 * held up, only files that have been rolled out are applied, and files from a held-back contract on are not,
 * because the same code must serve the tenant. Returns the name of the newest applied migration; nothing if
 * the fleet has none.
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
 * Applies the fleet's migrations to a tenant that is in use, up to `to` if given. Whatever the outcome, the
 * catalog records what the database has: a failed file leaves the files before it applied. Throws
 * `UnknownMigration` if this worker's folder lacks `to`; `ContractBlocked`, with nothing applied, if one of
 * the files is a held-back contract.
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

/** The migrations up to the named one. Throws `UnknownMigration` if there is none of that name. */
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
 * Works as the owner in any of the tenant's databases. A second connection holds a turn, so that an attempt
 * that was presumed dead cannot run beside the next one.
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

/** Returns the names of the migrations that this call applied. */
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

/**
 * The migrations that the database lacks. Throws `MigrationFailed` if a file was changed after it was applied
 * there, or is numbered below an applied one.
 */
export async function pendingOf(client: pg.Client, migrations: readonly Migration[]): Promise<Migration[]> {
  const applied = await appliedMigrations(client);
  refuseChanged(migrations, applied);
  const there = new Set(applied.map(({ name }) => name));
  const pending = migrations.filter(({ name }) => !there.has(name));
  refuseOvertaken(pending, applied.at(-1));
  return pending;
}

/** A tenant's schema must be what the files say; otherwise nobody knows what it is. */
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

/** Other tenants may have applied it before files that this tenant already has. */
function refuseOvertaken([first]: readonly Migration[], newest: AppliedMigration | undefined): void {
  if (first === undefined || newest === undefined || numberOf(first.name) > numberOf(newest.name)) return;
  const file = `${first.name}.sql`;
  throw failure(
    'MigrationFailed',
    `migration ${file} comes before ${newest.name}.sql, which was applied here already: give it a higher number`,
    { details: { file } },
  );
}

/** The failure for a file that Postgres refused. */
export function failureOf(error: unknown, { name, script }: Migration) {
  const file = `${name}.sql`;
  if (isPassingForMigration(error))
    return failure('DatabaseUnreachable', `migration ${file} is to be tried again: ${told(error)}`, {
      details: { file, ...(isPostgresError(error) ? { sqlState: error.code } : {}) },
    });
  if (!isPostgresError(error)) return error;
  // At run time most errors have no position.
  const line = lineOf(script.up, error.position) ?? failedLine(error);
  const where = line === undefined ? file : `${file}, line ${line}`;
  return failure('MigrationFailed', `migration ${where}: ${wordsOf(error, script.up)}`, {
    details: { file, ...(line === undefined ? {} : { line }), sqlState: error.code },
  });
}

/** The line of the error. Postgres counts characters, but JavaScript's length counts some of them twice. */
function lineOf(text: string, position: string | undefined): number | undefined {
  if (position === undefined) return undefined;
  return [...text].slice(0, Number(position) - 1).filter((character) => character === '\n').length + 1;
}
