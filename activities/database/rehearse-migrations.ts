import { setTimeout as sleep } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import { reasonIn } from '../../tenancy/failure-reason.js';
import { failure } from '../../tenancy/failures.js';
import { numberOf } from '../../tenancy/migration-files.js';
import type { RehearsedFile, RehearsedRound } from '../../tenancy/rehearsal.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { knownSecret } from '../known-secret.js';
import { knownTenant } from '../known-tenant.js';
import type { TenantInput } from '../tenant-input.js';
import { failureOf, pendingOf, upTo, withTurnOf } from './migrate-database.js';
import { soundMigrations } from './sound-migrations.js';
import { applyMigration, type Migration, type MigrationLimits } from './sql/apply-migration.js';
import { ensureLedger, forgetMigration } from './sql/ledger.js';
import { observeMigration } from './sql/observe-migration.js';
import { ensureRehearsal, keepFile, keptFiles } from './sql/rehearsal.js';
import { withTenantDatabase } from './tenant-database.js';

export interface RehearsalPlan {
  /** The newest file to rehearse, without `.sql`; absent if there is none. */
  readonly to?: string;
  /** How many files the tenant lacks according to the catalog. */
  readonly pending: number;
}

/**
 * Plans a rehearsal from the catalog alone, so that the tenant's database stays asleep. Throws
 * `MigrationFailed` if the folder has a flaw, and `UnknownMigration` if this worker's folder lacks `to`.
 */
export function planRehearsal({ catalog, fleet }: Dependencies) {
  return async ({ tenant, to }: TenantInput & { readonly to?: string }): Promise<RehearsalPlan> => {
    const all = fleet.migrations === undefined ? [] : await soundMigrations(fleet.migrations);
    const migrations = upTo(fleet, to, all);
    const { schemaVersion } = await knownTenant(catalog, tenant);
    const newest = migrations.at(-1)?.name;
    const pending = migrations.filter(
      ({ name }) => schemaVersion === undefined || numberOf(name) > numberOf(schemaVersion),
    );
    return { pending: pending.length, ...(newest === undefined ? {} : { to: newest }) };
  };
}

export interface RehearsalRoundInput extends TenantInput {
  /** The branch's host. */
  readonly host: string;
  readonly to: string;
  /** Starts at 1. The branch is reset between two rounds. */
  readonly round: number;
}

/**
 * Applies the files that a branch of the tenant's database lacks, as a migration would, and records what each
 * file does. An attempt after a lost one continues with the next file. A file that Postgres refuses ends the
 * round, but does not fail this activity.
 */
export function rehearseMigrations({ catalog, fleet }: Dependencies) {
  return async (input: RehearsalRoundInput): Promise<RehearsedRound> => {
    const { tenant, host, to, round } = input;
    const migrations = upTo(
      fleet,
      to,
      fleet.migrations === undefined ? [] : await soundMigrations(fleet.migrations),
    );
    const owner = await ownerOnBranch({ catalog }, input, host);
    const { migrationStatement: statementMs, migrationLock: lockMs } = fleet.timings;
    const rehearse = async (client: pg.Client): Promise<RehearsedRound> => {
      await ensureRehearsal(client);
      const problem = await applyAll(client, { owner, round, migrations, limits: { statementMs, lockMs } });
      return { files: await keptFiles(client, round), ...(problem === undefined ? {} : { problem }) };
    };
    return heartbeatWhile(withTurnOf(owner, { tenant }, rehearse));
  };
}

interface Round {
  readonly owner: string;
  readonly round: number;
  readonly migrations: readonly Migration[];
  readonly limits: MigrationLimits;
}

async function applyAll(client: pg.Client, round: Round): Promise<RehearsedRound['problem']> {
  try {
    const pending = await pendingOf(client, round.migrations);
    await ensureLedger(client);
    for (const migration of pending)
      await applyOne(client, migration, round).catch((error: unknown) => {
        throw failureOf(error, migration);
      });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApplicationFailure && error.type === 'MigrationFailed')) throw error;
    return reasonIn(error);
  }
}

async function applyOne(
  client: pg.Client,
  migration: Migration,
  { owner, round, limits }: Round,
): Promise<void> {
  const { name, sha256, script } = migration;
  const { inTransaction } = script;
  let file: RehearsedFile | undefined;
  const { observer, glance } = observeMigration((at, run) => {
    file = { name, sha256, inTransaction, run };
    return keepFile(at, round, file);
  });
  if (inTransaction) return applyMigration(client, migration, limits, observer);
  await watching(owner, await pidOf(client), glance, () =>
    applyMigration(client, migration, limits, observer),
  );
  // A worker may die between the statement and its ledger row.
  await forgetMigration(client, name);
  const since = performance.now();
  await applyMigration(client, migration, limits).catch((error: unknown) => {
    throw notRepeatable(failureOf(error, migration));
  });
  const repeatedMs = Math.round(performance.now() - since);
  if (file !== undefined) await keepFile(client, round, { ...file, repeatedMs });
}

function notRepeatable(error: unknown): unknown {
  if (!(error instanceof ApplicationFailure && error.type === 'MigrationFailed')) return error;
  return failure(
    'MigrationFailed',
    `${error.message}; it was applied a second time, as it would be after a worker that died before the ledger had its line`,
    {
      details: reasonDetails(error),
    },
  );
}

function reasonDetails(error: ApplicationFailure) {
  const { type: _type, message: _message, ...details } = reasonIn(error);
  return details;
}

const glanceMs = 10;

/**
 * Observes from a session of its own without a transaction, because a concurrent index build waits for open
 * transactions.
 */
async function watching(
  owner: string,
  pid: number,
  glance: (client: pg.Client, pid: number) => Promise<void>,
  work: () => Promise<void>,
): Promise<void> {
  await withTenantDatabase(owner, cancellationSignal(), async (watcher) => {
    let done = false;
    const looking = (async () => {
      while (!done) {
        await glance(watcher, pid);
        await sleep(glanceMs);
      }
    })();
    try {
      await work();
    } finally {
      done = true;
      await looking;
    }
  });
}

async function pidOf(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_catalog.pg_backend_pid() as pid');
  return rows[0]?.pid ?? 0;
}

/** A branch has the live database's owner, with the same password. */
async function ownerOnBranch(
  { catalog }: Pick<Dependencies, 'catalog'>,
  { tenant }: TenantInput,
  host: string,
): Promise<string> {
  const owner = new URL(await knownSecret(catalog, tenant, 'owner'));
  if (owner.host === host)
    throw failure('NeonContractViolation', 'Neon names the live compute as that of the branch');
  owner.host = host;
  return owner.href;
}
