import { scramVerifier } from '../emulator/compute/scram.js';
import { asSuperuser, literal, type SuperuserAccess } from '../postgres/index.js';

/** The role and the database of the catalog, by one name. */
export const catalogOwner = 'tenantry';
export const catalogSuperuser = 'postgres';

/** For a cluster whose superuser is still the catalog's own role: another one beside it, to take its place. */
export async function ensureSuperuser(cluster: SuperuserAccess, password: string): Promise<void> {
  const verifier = literal(scramVerifier(password));
  await asSuperuser(cluster, 'postgres', async (client) => {
    const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [catalogSuperuser]);
    const verb = known.rowCount === 0 ? 'CREATE' : 'ALTER';
    await client.query(`${verb} ROLE ${catalogSuperuser} SUPERUSER LOGIN PASSWORD ${verifier}`);
  });
}

/**
 * Sees to it that the catalog's role owns its database and is nothing more: SQL that gets in there is no program on the
 * machine. Each step looks before it acts, and a cluster in which that role was the superuser becomes the same.
 */
export async function ensureCatalogOwner(cluster: SuperuserAccess, password: string): Promise<void> {
  const verifier = literal(scramVerifier(password));
  await asSuperuser(cluster, 'postgres', async (client) => {
    const { rows } = await client.query<{ rolsuper: boolean }>(
      'SELECT rolsuper FROM pg_roles WHERE rolname = $1',
      [catalogOwner],
    );
    if (rows[0]?.rolsuper === true) await client.query(demotion(verifier));
    else if (rows.length === 0) await client.query(`CREATE ROLE ${catalogOwner} LOGIN PASSWORD ${verifier}`);
  });
  await asSuperuser(cluster, 'template1', async (client) => {
    const { rows } = await client.query<{ datname: string }>('SELECT datname FROM pg_database');
    const names = rows.map(({ datname }) => datname);
    if (names.includes(catalogOwner)) return;
    // What the catalog has so far is in `postgres`, which every start of the server wants to be there.
    if (!names.includes('spare')) await client.query('CREATE DATABASE spare TEMPLATE template0');
    await client.query(
      `ALTER DATABASE postgres OWNER TO ${catalogOwner}; ALTER DATABASE postgres RENAME TO ${catalogOwner};
       ALTER DATABASE spare RENAME TO postgres; REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC`,
    );
  });
}

/** The first superuser of a cluster stays one, so it gives up its name, its login and what it owns. */
const demotion = (verifier: string) => `
  ALTER ROLE ${catalogOwner} RENAME TO former_superuser;
  ALTER ROLE former_superuser NOLOGIN PASSWORD NULL;
  CREATE ROLE ${catalogOwner} LOGIN PASSWORD ${verifier};
  DO $$ DECLARE found record; BEGIN
    FOR found IN SELECT nspname FROM pg_namespace
      WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') LOOP
      EXECUTE pg_catalog.format('ALTER SCHEMA %I OWNER TO ${catalogOwner}', found.nspname);
    END LOOP;
    FOR found IN SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND (relkind IN ('r', 'p', 'v', 'm')
        OR relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend
             WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype IN ('a', 'i'))) LOOP
      EXECUTE pg_catalog.format('ALTER TABLE %I.%I OWNER TO ${catalogOwner}', found.nspname, found.relname);
    END LOOP;
  END $$`;
