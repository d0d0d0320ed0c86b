import pg from 'pg';
import { failure } from '../../../tenancy/failures.js';

/** Tenantry's own schema in a tenant's database, which the tenant's role may not even list. */
export const ownSchema = 'tenantry';

const turn = `${ownSchema}.turn`;

/**
 * Works as the owner in one transaction, and only one at a time: an attempt that was presumed dead may still
 * be running. The mutex is a lock on a table that only the owner can reach; anybody who knows its key could
 * take an advisory lock.
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
    // Another attempt created it in the same moment.
    if (!(error instanceof pg.DatabaseError && alreadyThere.test(error.code ?? ''))) throw error;
  }
}

/** SQLSTATEs: unique_violation (of a system catalog), duplicate_schema, duplicate_table, and `tuple concurrently updated`. */
const alreadyThere = /^(23505|42P06|42P07|XX000)$/;

/**
 * Drops the table behind the turns, and the schema too if nothing else is in it. Belongs in the last turn.
 */
export async function dropTurn(client: pg.Client): Promise<void> {
  await client.query(`drop table ${turn}`);
  const { rowCount } = await client.query(
    `select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = $1`,
    [ownSchema],
  );
  if (rowCount === 0) await client.query(`drop schema ${ownSchema}`);
}
