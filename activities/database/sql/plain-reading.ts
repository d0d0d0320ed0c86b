import type pg from 'pg';

/**
 * For servers that support it: if a table is replaced by a view in the meantime, reading fails instead of
 * calling the view's functions.
 */
const noDetours = `select pg_catalog.set_config(name, 'view, foreign-table', true)
  from pg_catalog.pg_settings where name = 'restrict_nonsystem_relation_kind'`;

/**
 * Restricts this transaction to reading tables, with all of their rows: under row security an error is better
 * than missing rows.
 */
export async function readPlainly(client: pg.Client): Promise<void> {
  await client.query('set local row_security = off');
  await client.query(noDetours);
}
