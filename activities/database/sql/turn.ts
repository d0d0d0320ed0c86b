import pg from 'pg';
import { failure } from '../../../tenancy/failures.js';

/** The schema of ours in a tenant's database, which the tenant's role may not even look into. */
export const ownSchema = 'tenantry';

const turn = `${ownSchema}.turn`;

/**
 * Works as the owner in one transaction, and one at a time: an attempt that was taken for dead may still be at it. The
 * turn is a lock on a table that only the owner can reach; an advisory lock is anybody's who knows its key.
 */
export async function inTurn<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await ensureTurn(client);
  await client.query('begin');
  try {
    await client.query(`lock table ${turn} in exclusive mode`);
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function ensureTurn(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ mine: boolean; there: boolean }>(
    `select pg_catalog.pg_has_role(n.nspowner, 'usage') as mine,
            exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = 'turn') as there
     from pg_catalog.pg_namespace n where n.nspname = $1`,
    [ownSchema],
  );
  if (rows[0]?.mine === false)
    throw failure(
      'DatabaseRefused',
      `the schema "${ownSchema}" belongs to another role than the database's owner`,
    );
  if (rows[0]?.there) return;
  try {
    await client.query(`create schema if not exists ${ownSchema}`);
    await client.query(`create table if not exists ${turn} ()`);
  } catch (error) {
    // Made by another attempt in the same moment.
    if (!(error instanceof pg.DatabaseError && alreadyThere.test(error.code ?? ''))) throw error;
  }
}

/** SQLSTATEs: unique_violation (of a system catalog), duplicate_schema, duplicate_table, and `tuple concurrently updated`. */
const alreadyThere = /^(23505|42P06|42P07|XX000)$/;

/** Removes what turns are made of, and the schema with it if nothing else is in there. Belongs in the last turn. */
export async function dropTurn(client: pg.Client): Promise<void> {
  await client.query(`drop table ${turn}`);
  const { rowCount } = await client.query(
    `select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1`,
    [ownSchema],
  );
  if (rowCount === 0) await client.query(`drop schema ${ownSchema}`);
}
