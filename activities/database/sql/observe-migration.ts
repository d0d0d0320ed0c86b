import type pg from 'pg';
import {
  lockModes,
  type RehearsedLock,
  type RehearsedRows,
  type RehearsedRun,
} from '../../../tenancy/rehearsal.js';
import type { MigrationObserver } from './apply-migration.js';
import { ownSchema } from './turn.js';

/** The longest list: it goes into a workflow's history, which is billed by size. */
const most = 20;

/** The state of the database before a file is applied. */
interface Before {
  readonly tables: ReadonlyMap<string, KnownTable>;
  readonly written: ReadonlyMap<string, number>;
  readonly log: string;
  readonly at: number;
}

interface KnownTable {
  readonly oid: string;
  readonly name: string;
  /** Its file on disk: a rewritten table has another one. */
  readonly file: string | null;
  /** Postgres' estimate of its number of rows. */
  readonly estimate: number;
  /** Whether the owner may count its rows. */
  readonly readable: boolean;
}

/**
 * Records what a file does to the existing tables. A transaction holds all its locks until the commit, so one
 * look before the commit sees them all; without a transaction locks come and go, so `glance` is called while
 * the file runs.
 * @param keep Called before the ledger has the file's row, within its transaction; and again once the time
 * includes the commit.
 */
export function observeMigration(keep: (client: pg.Client, run: RehearsedRun) => Promise<void>) {
  let before: Before | undefined;
  let run: RehearsedRun | undefined;
  let keptAt = 0;
  const glimpsed = new Map<string, string>();
  const observer: MigrationObserver = {
    async begins(client) {
      glimpsed.clear();
      const tables = await knownTables(client);
      before = {
        tables: new Map(tables.map((table) => [table.oid, table])),
        written: await rowsWritten(client),
        log: await logPosition(client),
        at: performance.now(),
      };
    },
    async ran(client, inTransaction) {
      if (before === undefined) return;
      const ms = performance.now() - before.at;
      // The file may have set a timeout for its own statements, and counting rows must not be subject to it.
      await client.query("select pg_catalog.set_config('statement_timeout', '0', $1)", [inTransaction]);
      const walBytes = await logBytes(client, before.log);
      const locks = inTransaction ? await locksOf(client) : [...glimpsed];
      const rewritten = await rewrittenSince(client, before);
      const written = inTransaction ? await writtenSince(client, before) : [];
      run = runOf({ ms, walBytes, locks: named(locks, before), rewritten, written });
      await keep(client, run);
      keptAt = performance.now();
    },
    async committed(client) {
      if (run === undefined) return;
      await keep(client, { ...run, ms: round(run.ms + performance.now() - keptAt) });
    },
  };
  const glance = async (client: pg.Client, pid: number) => {
    for (const [oid, mode] of await locksOf(client, pid)) keepStronger(glimpsed, oid, mode);
  };
  return { observer, glance };
}

function runOf({ ms, locks, rewritten, written, ...run }: Omit<RehearsedRun, 'leftOut'>): RehearsedRun {
  const lists = [locks, rewritten, written];
  return {
    ...run,
    ms: round(ms),
    locks: locks.slice(0, most),
    rewritten: rewritten.slice(0, most),
    written: written.slice(0, most),
    leftOut: lists.reduce((sum, { length }) => sum + Math.max(0, length - most), 0),
  };
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}

/** The tables of all schemas that may hold user data. */
async function knownTables(client: pg.Client): Promise<KnownTable[]> {
  const { rows } = await client.query<KnownTable>(
    `select c.oid::pg_catalog.text as oid,
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) as name,
       pg_catalog.pg_relation_filenode(c.oid)::pg_catalog.text as file,
       greatest(c.reltuples, 0)::pg_catalog.float8 as estimate,
       pg_catalog.has_schema_privilege(n.oid, 'usage') and pg_catalog.has_table_privilege(c.oid, 'select') as readable
     from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm', 'v', 'f') and n.nspname not in ('information_schema', $1)
       and pg_catalog.left(n.nspname::pg_catalog.text, 3) <> 'pg_'`,
    [ownSchema],
  );
  return rows;
}

/**
 * Locks by table oid: of this session, which is in a transaction, or of another session, by its process id.
 */
async function locksOf(client: pg.Client, pid?: number): Promise<[oid: string, mode: string][]> {
  const { rows } = await client.query<{ oid: string; mode: string }>(
    `select relation::pg_catalog.text as oid, mode from pg_catalog.pg_locks
     where locktype = 'relation' and granted and pid = coalesce($1::pg_catalog.int4, pg_catalog.pg_backend_pid())`,
    [pid ?? null],
  );
  const strongest = new Map<string, string>();
  for (const { oid, mode } of rows) keepStronger(strongest, oid, mode);
  return [...strongest];
}

function keepStronger(held: Map<string, string>, oid: string, mode: string): void {
  const present = held.get(oid);
  if (present === undefined || strength(mode) > strength(present)) held.set(oid, mode);
}

function strength(mode: string): number {
  return lockModes.indexOf(mode);
}

function named(locks: readonly [string, string][], { tables }: Before): RehearsedLock[] {
  return locks
    .flatMap(([oid, mode]) => {
      const table = tables.get(oid)?.name;
      return table === undefined ? [] : [{ table, mode }];
    })
    .sort((a, b) => strength(b.mode) - strength(a.mode) || (a.table < b.table ? -1 : 1));
}

async function rewrittenSince(client: pg.Client, { tables }: Before): Promise<RehearsedRows[]> {
  const now = await knownTables(client);
  const others = now.filter(({ oid, file }) => {
    const known = tables.get(oid);
    return known !== undefined && known.file !== null && known.file !== file;
  });
  const rewritten: RehearsedRows[] = [];
  for (const [at, { name, estimate, readable }] of others.entries())
    rewritten.push({
      table: name,
      rows: readable && at < most ? await countRows(client, name) : Math.round(estimate),
    });
  return rewritten;
}

async function countRows(client: pg.Client, table: string): Promise<number> {
  const { rows } = await client.query<{ rows: string }>(
    `select pg_catalog.count(*) as rows from only ${table}`,
  );
  return Number(rows[0]?.rows);
}

/** Rows by table oid that this session has written since it last reported its statistics to the server. */
async function rowsWritten(client: pg.Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ oid: string; rows: string }>(
    `select relid::pg_catalog.text as oid, n_tup_ins + n_tup_upd + n_tup_del as rows
     from pg_catalog.pg_stat_xact_user_tables where n_tup_ins + n_tup_upd + n_tup_del > 0`,
  );
  return new Map(rows.map(({ oid, rows }) => [oid, Number(rows)]));
}

async function writtenSince(client: pg.Client, { tables, written }: Before): Promise<RehearsedRows[]> {
  return [...(await rowsWritten(client))].flatMap(([oid, total]) => {
    const table = tables.get(oid)?.name;
    const rows = total - (written.get(oid) ?? 0);
    return table === undefined || rows <= 0 ? [] : [{ table, rows }];
  });
}

async function logPosition(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ at: string }>(
    'select pg_catalog.pg_current_wal_insert_lsn()::pg_catalog.text as at',
  );
  return rows[0]?.at ?? '0/0';
}

async function logBytes(client: pg.Client, since: string): Promise<number> {
  const { rows } = await client.query<{ bytes: string }>(
    'select pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), $1::pg_catalog.pg_lsn) as bytes',
    [since],
  );
  return Number(rows[0]?.bytes ?? 0);
}
