import type pg from 'pg';
import { ownSchema } from './turn.js';

/** Where the ledger of a tenant's migrations is kept: out of the way of the tenant's own role. */
const ledger = `${ownSchema}.migrations`;

export interface AppliedMigration {
  /** The file's name without `.sql`. */
  readonly name: string;
  /** Of what was applied, in hexadecimal; null where whoever applied it did not note it. */
  readonly sha256: string | null;
}

/** All that was ever applied, in that order; nothing where there is no ledger yet. */
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

/** Can be repeated. An adopted database may have the ledger of node-pg-migrate, which notes no sums. */
export async function ensureLedger(client: pg.Client): Promise<void> {
  const known = await knownLedger(client);
  if (known === undefined)
    await client.query(`create table if not exists ${ledger} (
      id serial primary key, name varchar(255) not null unique, run_on timestamptz not null, sha256 text)`);
  // Not otherwise: it would wait behind whoever reads the ledger.
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

/** As if whoever applied it had died before it was noted. */
export async function forgetMigration(client: pg.Client, name: string): Promise<void> {
  await client.query(`delete from ${ledger} where name = $1`, [name]);
}
