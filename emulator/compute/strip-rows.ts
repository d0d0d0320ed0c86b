import type pg from 'pg';
import { asSuperuser, type Cluster } from '../../postgres/index.js';

/*
 * From a copy to a schema: every row goes, and what the planner remembers of rows. Emptying a copy keeps what a dump
 * would have to restate, such as roles made in SQL, grants, extensions and publications. The rows of extensions are
 * part of them and stay.
 */

const emptying = [
  // Foreign keys have nothing to say when everything goes.
  "SET session_replication_role = 'replica'",
  // `ONLY` keeps a partition that is a foreign table out of it: its rows are on another server.
  `DO $$ DECLARE names text; BEGIN
     SELECT pg_catalog.string_agg(pg_catalog.format('ONLY %I.%I', nspname, relname), ', ') INTO names
     FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema')
       AND nspname NOT LIKE 'pg\\_toast%' AND nspname NOT LIKE 'pg\\_temp%'
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e');
     IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE'; END IF;
   END $$`,
  `DO $$ DECLARE found record; BEGIN
     FOR found IN SELECT nspname, relname, relkind FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                  WHERE relkind IN ('S', 'm') LOOP
       IF found.relkind = 'S' THEN
         EXECUTE pg_catalog.format('ALTER SEQUENCE %I.%I RESTART', found.nspname, found.relname);
       ELSE
         EXECUTE pg_catalog.format('REFRESH MATERIALIZED VIEW %I.%I WITH NO DATA', found.nspname, found.relname);
       END IF;
     END LOOP;
   END $$`,
  'SELECT pg_catalog.lo_unlink(oid) FROM pg_largeobject_metadata',
  // The most common values are values.
  'DELETE FROM pg_statistic WHERE starelid >= 16384; DELETE FROM pg_statistic_ext_data',
];

/** @param cluster a copy that nobody but ourselves can reach. */
export async function stripRows(cluster: Cluster): Promise<void> {
  const databases = await asSuperuser(cluster, 'postgres', (client) =>
    client.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datallowconn'),
  );
  for (const { datname } of databases.rows)
    await asSuperuser(cluster, datname, (client) => withoutTriggers(client, () => strip(client)));
}

async function strip(client: pg.Client): Promise<void> {
  for (const statement of emptying) await client.query(statement);
}

/**
 * A tenant can have its TRUNCATE trigger fire ALWAYS, and it would fire as us. Switched off in the catalog, because
 * that is the same for every kind of trigger; no table has been opened yet in this session that could remember them.
 */
async function withoutTriggers(client: pg.Client, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ mode: string; oids: string }>(
    `SELECT tgenabled AS mode, pg_catalog.array_agg(oid)::text AS oids FROM pg_trigger
     WHERE tgenabled <> 'D' GROUP BY tgenabled`,
  );
  await client.query(`UPDATE pg_trigger SET tgenabled = 'D'`);
  await work();
  for (const { mode, oids } of rows)
    await client.query('UPDATE pg_trigger SET tgenabled = $1 WHERE oid = ANY ($2::oid[])', [mode, oids]);
}
