import { cancellationSignal } from '@temporalio/activity';
import pg from 'pg';
import { connectionUri } from '../../neon/connection-uri.js';
import type { Drills, RestoredContents } from '../../tenancy/drills.js';
import { failure } from '../../tenancy/failures.js';
import { numberOf } from '../../tenancy/migration-files.js';
import { appGroupName } from '../../tenancy/naming.js';
import type { SnapshotToProve } from '../catalog/drills.js';
import type { Dependencies } from '../dependencies.js';
import { heartbeatWhile } from '../heartbeat.js';
import { knownTenant } from '../known-tenant.js';
import { isPassing, told } from '../postgres-failure.js';
import { isPostgresError, wordsOf } from '../postgres-words.js';
import type { ProjectInput } from '../tenant-input.js';
import { soundMigrations } from './sound-migrations.js';
import { appliedMigrations } from './sql/ledger.js';
import { withTenantDatabase } from './tenant-database.js';

export interface RestoredInput extends ProjectInput {
  readonly branchId: string;
  readonly snapshot: SnapshotToProve;
}

/**
 * Looks into a restored database, without changing it: that it is the tenant's, that its ledger has what the tenant had, that every
 * row of every table can be read, that the newest rows are young enough, and what the fleet's own check says. Throws `SnapshotBroken`.
 */
export function checkRestored({ neon, catalog, fleet }: Dependencies) {
  return async ({ tenant, projectId, branchId, snapshot }: RestoredInput): Promise<RestoredContents> => {
    const { databaseName: database, ownerRole: role, plan } = await knownTenant(catalog, tenant);
    const signal = cancellationSignal();
    const uri = await connectionUri(neon, { projectId, branchId, database, role }, signal);
    const look = withTenantDatabase(uri, signal, async (client) => {
      await client.query('begin isolation level repeatable read read only');
      await seeThatItIsOf(client, appGroupName(tenant.id));
      const schemaVersion = await seeLedger(client, snapshot.schemaVersion, fleet.migrations);
      const tables = await readEveryRow(client);
      const newest = await seeNewest(client, fleet.drills?.newest ?? [], new Date(snapshot.takenAt));
      await fleet.drills
        ?.check?.(
          { ...tenant, plan, signal },
          { name: snapshot.name, takenAt: new Date(snapshot.takenAt) },
          { query: (text, values) => client.query(text, values === undefined ? undefined : [...values]) },
        )
        .catch((error: unknown) => {
          if (signal.aborted) throw signal.reason;
          throw broken(`the fleet's check: ${told(error)}`);
        });
      return { tables, newest, ...(schemaVersion === undefined ? {} : { schemaVersion }) };
    });
    return heartbeatWhile(look);
  };
}

function broken(message: string, sqlState?: string) {
  return failure('SnapshotBroken', message, sqlState === undefined ? {} : { details: { sqlState } });
}

async function seeThatItIsOf(client: pg.Client, group: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_catalog.pg_roles where rolname = $1', [group]);
  if (rowCount === 0) throw broken(`it has no role "${group}", which each database of this tenant has`);
}

/** The ledger ends where the tenant's did, and its sums are those of the files that this worker has. */
async function seeLedger(
  client: pg.Client,
  expected: string | undefined,
  folder: string | undefined,
): Promise<string | undefined> {
  const applied = await appliedMigrations(client);
  const newest = applied.at(-1)?.name;
  if (expected !== undefined && newest !== expected)
    throw broken(
      `its ledger ends with ${newest ?? 'nothing'}, and the tenant had ${expected} when it was taken`,
    );
  const sums = new Map(
    (folder === undefined ? [] : await soundMigrations(folder)).map(({ name, sha256 }) => [name, sha256]),
  );
  for (const { name, sha256 } of applied) {
    const known = sums.get(name);
    if (known !== undefined && sha256 !== null && sha256 !== known)
      throw broken(`its ledger has another migration ${name} than the fleet's folder`);
  }
  const missing = [...sums.keys()].find(
    (name) =>
      newest !== undefined && numberOf(name) < numberOf(newest) && !applied.some((one) => one.name === name),
  );
  if (missing !== undefined) throw broken(`its ledger lacks ${missing}, and has later ones`);
  return newest;
}

interface Table {
  readonly schema: string;
  readonly name: string;
}

/** Reads each row whole, out of the heap and not from an index: a page that cannot be read ends the drill. */
async function readEveryRow(client: pg.Client): Promise<RestoredContents['tables']> {
  await client.query(
    'set local enable_indexscan = off; set local enable_indexonlyscan = off; set local enable_bitmapscan = off',
  );
  const { rows } = await client.query<Table>(
    `select n.nspname as schema, c.relname as name from pg_catalog.pg_class c
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'm') and c.relpersistence = 'p' and c.relispopulated
       and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
     order by 1, 2`,
  );
  const tables: { table: string; rows: number }[] = [];
  for (const table of rows) {
    const counted = await ofTable(table, (from) =>
      client.query<{ rows: string }>(`select pg_catalog.count(t.*::pg_catalog.text) as rows from ${from} t`),
    );
    tables.push({ table: `${table.schema}.${table.name}`, rows: Number(counted.rows[0]?.rows) });
  }
  return tables;
}

async function seeNewest(
  client: pg.Client,
  wanted: Drills['newest'],
  takenAt: Date,
): Promise<RestoredContents['newest']> {
  const newest: { table: string; at?: string }[] = [];
  for (const { schema, table: name, column, within } of wanted) {
    const table = `${schema}.${name}`;
    const { rows } = await ofTable({ schema, name }, (from) =>
      client.query<{ at: Date | null }>(
        `select pg_catalog.max(${pg.escapeIdentifier(column)})::pg_catalog.timestamptz as at from ${from}`,
      ),
    );
    const at = rows[0]?.at ?? undefined;
    if (at !== undefined && takenAt.getTime() - at.getTime() > within)
      throw broken(
        `the newest row of ${table} is of ${at.toISOString()}, more than ${within} ms before the snapshot`,
      );
    newest.push({ table, ...(at === undefined ? {} : { at: at.toISOString() }) });
  }
  return newest;
}

async function ofTable<T>({ schema, name }: Table, work: (from: string) => Promise<T>): Promise<T> {
  try {
    return await work(`${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`);
  } catch (error) {
    if (!isPostgresError(error) || isPassing(error)) throw error;
    throw broken(`table ${schema}.${name} cannot be read: ${wordsOf(error)}`, error.code);
  }
}
