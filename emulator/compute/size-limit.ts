import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { asSuperuser, type Cluster, identifier, literal } from '../../postgres/index.js';

/*
 * Neon's Postgres refuses to extend a file beyond `neon.max_cluster_size`. A vanilla one has no such hook, and
 * `default_transaction_read_only` would be wrong twice: anybody can turn it off, and it refuses the DELETE that frees
 * space. So a branch that is too large gets a statement trigger on every table that refuses INSERT and UPDATE, and an
 * event trigger that refuses new tables and indexes. The table triggers are marked internal: an owner cannot disable
 * them, and pg_dump does not see them.
 */

/** A role that exists while a cluster refuses writes: the one thing that is the same in all databases and copies. */
export const sizeLimitMarker = 'neon_size_limit';

/** Waiting longer for a table in use would stop everybody else who wants it; the next look tries again. */
const patience = "SET lock_timeout = '200ms'";

const userTables = `
  SELECT n.nspname, c.relname, c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

function limit(limitBytes: number): string {
  const raise = `RAISE EXCEPTION USING ERRCODE = 'disk_full',
    MESSAGE = 'could not extend file because project size limit (${Math.floor(limitBytes / 2 ** 20)} MB) has been exceeded',
    HINT = 'This limit is defined externally by the project size limit, and internally by neon.max_cluster_size GUC'`;
  // A name that no tenant can have given to a trigger before us.
  const name = identifier(`neon_size_limit_${randomBytes(6).toString('hex')}`);
  return `
    CREATE OR REPLACE FUNCTION pg_catalog.neon_size_limit() RETURNS trigger LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp AS ${literal(`BEGIN ${raise}; END`)};
    CREATE OR REPLACE FUNCTION pg_catalog.neon_size_limit_ddl() RETURNS event_trigger LANGUAGE plpgsql
      SET search_path = pg_catalog, pg_temp AS ${literal(`BEGIN
        IF EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands()
                   WHERE object_type IN ('table', 'index', 'materialized view') AND schema_name <> 'pg_temp')
        THEN ${raise}; END IF;
      END`)};
    -- A trigger of the tenant's own that calls it, on DELETE say, would pass for ours.
    REVOKE ALL ON FUNCTION pg_catalog.neon_size_limit(), pg_catalog.neon_size_limit_ddl() FROM PUBLIC;
    DO $do$ DECLARE found record; BEGIN
      IF NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'neon_size_limit') THEN
        CREATE EVENT TRIGGER neon_size_limit ON ddl_command_end
          WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE INDEX', 'CREATE MATERIALIZED VIEW')
          EXECUTE FUNCTION pg_catalog.neon_size_limit_ddl();
      END IF;
      FOR found IN SELECT * FROM (${userTables}) t
        WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = t.oid AND tgfoid = ${ourFunction}) LOOP
        EXECUTE pg_catalog.format('CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON %I.%I
          FOR EACH STATEMENT EXECUTE FUNCTION pg_catalog.neon_size_limit()', found.nspname, found.relname);
      END LOOP;
      UPDATE pg_trigger SET tgisinternal = true WHERE tgfoid = ${ourFunction} AND NOT tgisinternal;
    END $do$`;
}

/** Nothing where there is no limit. */
const ourFunction = "pg_catalog.to_regprocedure('pg_catalog.neon_size_limit()')";

const lift = `
  DO $do$ DECLARE found record; BEGIN
    FOR found IN SELECT tgname, nspname, relname FROM pg_trigger
      JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE tgfoid = ${ourFunction} LOOP
      EXECUTE pg_catalog.format('DROP TRIGGER %I ON %I.%I', found.tgname, found.nspname, found.relname);
    END LOOP;
  END $do$;
  DROP EVENT TRIGGER IF EXISTS neon_size_limit;
  DROP FUNCTION IF EXISTS pg_catalog.neon_size_limit(), pg_catalog.neon_size_limit_ddl()`;

/** @throws when a table is in use for too long; what has been done then stays, and is completed by another try. */
export async function limitSize(cluster: Cluster, limitBytes: number | undefined): Promise<void> {
  await asSuperuser(cluster, 'postgres', async (client) => {
    // First, so that a limit that was set in part only is known to be there.
    if (limitBytes !== undefined) await mark(client);
    const { rows } = await client.query<{ datname: string }>(
      "SELECT datname FROM pg_database WHERE datallowconn AND datname <> 'template1'",
    );
    for (const { datname } of rows)
      await asSuperuser(cluster, datname, async (inside) => {
        await inside.query(patience);
        await inside.query(limitBytes === undefined ? lift : limit(limitBytes));
      });
    if (limitBytes === undefined) await client.query(`DROP ROLE IF EXISTS ${sizeLimitMarker}`);
  });
}

async function mark(client: pg.Client): Promise<void> {
  const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [sizeLimitMarker]);
  if (known.rowCount === 0) await client.query(`CREATE ROLE ${sizeLimitMarker} NOLOGIN`);
}
