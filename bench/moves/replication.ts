import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

const name = 'bench_move';
const pollMs = 20;

/** Of the owner's; a table without columns has no row to carry. */
const tablesQuery = `
  select pg_catalog.format('%I.%I', n.nspname, c.relname) as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relowner = current_user::regrole and c.relnatts > 0
    and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'`;

/** Publishes all tables by name: all at once is for superusers. */
export async function publish(from: pg.Client): Promise<void> {
  const { rows } = await from.query<{ name: string }>(tablesQuery);
  await from.query(`create publication ${name} for table ${rows.map((table) => table.name).join(', ')}`);
}

export async function subscribe(to: pg.Client, publisher: string): Promise<void> {
  await to.query(
    `create subscription ${name} connection ${to.escapeLiteral(publisher)} publication ${name} with (binary = true)`,
  );
}

/** Resolves once every table has all the rows that were there when it was begun. */
export async function copied(to: pg.Client): Promise<void> {
  const missing = async () =>
    (await to.query(`select from pg_catalog.pg_subscription_rel where srsubstate <> 'r' limit 1`)).rowCount;
  while ((await missing()) !== 0) await sleep(pollMs);
}

/** Works while no change is applied: a foreign key that is made beside them ends in a deadlock. */
export async function whilePaused(to: pg.Client, work: () => Promise<void>): Promise<void> {
  await to.query(`alter subscription ${name} disable`);
  const applying = async () =>
    (await to.query('select from pg_catalog.pg_stat_subscription where pid is not null')).rowCount;
  while ((await applying()) !== 0) await sleep(pollMs);
  await work();
  await to.query(`alter subscription ${name} enable`);
}

/** Resolves once all that has been written so far is in the other database, and safe there. */
export async function caughtUp(from: pg.Client): Promise<void> {
  const { rows } = await from.query<{ at: string }>('select pg_catalog.pg_current_wal_insert_lsn() as at');
  const behind = async () =>
    (
      await from.query(
        `select from pg_catalog.pg_replication_slots where slot_name = $1 and confirmed_flush_lsn >= $2`,
        [name, rows[0]?.at],
      )
    ).rowCount;
  while ((await behind()) === 0) await sleep(pollMs);
}

/** Replication carries none. */
export async function carrySequences(from: pg.Client, to: pg.Client): Promise<void> {
  const { rows: sequences } = await from.query<{ name: string }>(
    `select pg_catalog.format('%I.%I', schemaname, sequencename) as name from pg_catalog.pg_sequences`,
  );
  for (const sequence of sequences) {
    const { rows } = await from.query<{ last_value: string; is_called: boolean }>(
      `select last_value, is_called from ${sequence.name}`,
    );
    await to.query('select pg_catalog.setval($1::regclass, $2::bigint, $3)', [
      sequence.name,
      rows[0]?.last_value,
      rows[0]?.is_called,
    ]);
  }
}

/** The slot goes with the subscription. */
export async function endReplication(from: pg.Client, to: pg.Client): Promise<void> {
  await to.query(`drop subscription ${name}`);
  await from.query(`drop publication ${name}`);
}
