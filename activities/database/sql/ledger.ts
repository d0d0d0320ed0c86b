import type pg from 'pg';
import { ownSchema } from './turn.js';

/** The table with the ledger of a tenant's migrations: out of reach of the tenant's own role. */
const ledger = `${ownSchema}.migrations`;

export interface AppliedMigration {
  /** The file's name without `.sql`. */
  readonly name: string;
  /** The SHA-256 of the applied file, in hexadecimal; null if the tool that applied it recorded none. */
  readonly sha256: string | null;
}

/** All applied migrations, in the order of application; empty if there is no ledger yet. */
export async function appliedMigrations(client: pg.Client): Promise<AppliedMigration[]> {
  const known = await knownLedger(client);
  if (known === undefined) return [];
  const { rows } = await client.query<AppliedMigration>(
    `select name, ${known.hasSums ? 'sha256' : 'null'} as sha256 from ${ledger} order by id`,
  );
  return rows;
}

async function knownLedger(client: pg.Client): Promise<{ readonly hasSums: boolean } | undefined> {
  const { rows } = await client.query<{ hasSums: boolean }>(
    `select exists (select from pg_catalog.pg_attribute
       where attrelid = r.oid and attname = 'sha256' and not attisdropped) as "hasSums"
     from (select pg_catalog.to_regclass($1) as oid) r where r.oid is not null`,
    [ledger],
  );
  return rows[0];
}

export async function newestMigration(client: pg.Client): Promise<string | undefined> {
  return (await appliedMigrations(client)).at(-1)?.name;
}

/**
 * Creates the ledger, if needed. An adopted database may have the ledger of node-pg-migrate, which records no
 * hashes: it gets the column for them.
 */
export async function ensureLedger(client: pg.Client): Promise<void> {
  const known = await knownLedger(client);
  if (known === undefined)
    await client.query(`create table if not exists ${ledger} (
      id serial primary key, name varchar(255) not null unique, run_on timestamptz not null, sha256 text)`);
  // Only if needed, because `alter table` waits behind every reader of the ledger.
  else if (!known.hasSums) await client.query(`alter table ${ledger} add column if not exists sha256 text`);
}

export async function noteMigration(
  client: pg.Client,
  { name, sha256 }: { readonly name: string; readonly sha256: string },
): Promise<void> {
  await client.query(
    `insert into ${ledger} (name, sha256, run_on) values ($1, $2, pg_catalog.clock_timestamp())`,
    [name, sha256],
  );
}

/** Simulates that the worker died after applying the file and before recording it. */
export async function forgetMigration(client: pg.Client, name: string): Promise<void> {
  await client.query(`delete from ${ledger} where name = $1`, [name]);
}
