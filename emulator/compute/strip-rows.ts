import type pg from 'pg';
import { asSuperuser, type Cluster } from '../postgres/index.js';

/*
 * From a copy to a schema: every row goes, and what the planner remembers of rows. Emptying a copy keeps what a dump
 * would have to restate, such as roles made in SQL, grants, extensions and publications. The rows of extensions are
 * part of them and stay.
 */

const emptying = [
  // Triggers and event triggers of the tenant must not notice.
  "SET session_replication_role = 'replica'; SET event_triggers = off",
  `DO $$ DECLARE names text; BEGIN
     SELECT string_agg(c.oid::regclass::text, ', ') INTO names FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relkind IN ('r', 'p') AND nspname NOT IN ('pg_catalog', 'information_schema')
       AND nspname NOT LIKE 'pg\\_toast%' AND nspname NOT LIKE 'pg\\_temp%'
       AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e');
     IF names IS NOT NULL THEN EXECUTE 'TRUNCATE ' || names || ' RESTART IDENTITY CASCADE'; END IF;
   END $$`,
  `DO $$ DECLARE name text; BEGIN
     FOR name IN SELECT oid::regclass::text FROM pg_class WHERE relkind = 'S' LOOP
       EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART';
     END LOOP;
     FOR name IN SELECT oid::regclass::text FROM pg_class WHERE relkind = 'm' LOOP
       EXECUTE 'REFRESH MATERIALIZED VIEW ' || name || ' WITH NO DATA';
     END LOOP;
   END $$`,
  'SELECT lo_unlink(oid) FROM pg_largeobject_metadata',
  // The most common values are values.
  'DELETE FROM pg_statistic WHERE starelid >= 16384; DELETE FROM pg_statistic_ext_data',
];

export async function stripRows(cluster: Cluster): Promise<void> {
  const databases = await asSuperuser(cluster, 'postgres', (client) =>
    client.query<{ datname: string }>('SELECT datname FROM pg_database WHERE datallowconn'),
  );
  for (const { datname } of databases.rows) await asSuperuser(cluster, datname, strip);
}

async function strip(client: pg.Client): Promise<void> {
  for (const statement of emptying) await client.query(statement);
}
