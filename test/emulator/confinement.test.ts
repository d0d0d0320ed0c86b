import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type NeonEmulator, startNeonEmulator } from '../../emulator/index.js';
import { asSuperuser } from '../../postgres/index.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { checkedClient } from './openapi.js';
import { inDatabase, readyProject } from './stories.js';
import { postgresForTests, sql } from './with-emulator.js';

type Project = Awaited<ReturnType<typeof readyProject>>;

const scratch = scratchFolder('neon-confined-');
const written = path.join(scratch.path, 'written-by-a-tenant');
let neon: NeonEmulator;
let project: Project;
let neighbour: Project;
let app: string;

beforeAll(async () => {
  neon = await startNeonEmulator({ dataDir: scratch.path, postgres: postgresForTests() });
  const api = checkedClient(neon.url, neon.apiKey);
  [project, neighbour] = await Promise.all([readyProject(api), readyProject(api)]);
  await sql(project.uri, (client) =>
    client.query(
      `CREATE ROLE app LOGIN PASSWORD 'of-the-app'; GRANT CREATE ON SCHEMA public TO app; CREATE EXTENSION dblink`,
    ),
  );
  app = project.uri.replace(`${project.role}:${project.password}`, 'app:of-the-app');
});
afterAll(async () => {
  await neon.stop();
  scratch.remove();
});

/** What the owner of a project may not do here, any more than at Neon. */
const attempts = [
  { what: 'run a program', statement: "COPY (SELECT 1) TO PROGRAM 'true'" },
  { what: 'read what a program says', statement: "CREATE TEMP TABLE t (l text); COPY t FROM PROGRAM 'id'" },
  { what: 'write a file', statement: `COPY (SELECT 1) TO '${written}'` },
  { what: 'read a file by COPY', statement: "CREATE TEMP TABLE t (l text); COPY t FROM '/etc/passwd'" },
  { what: 'read a file', statement: "SELECT pg_read_file('/etc/passwd')" },
  { what: 'read a file of its own cluster', statement: "SELECT pg_read_binary_file('postgresql.conf')" },
  { what: 'list a folder', statement: "SELECT pg_ls_dir('/')" },
  { what: 'look at a file', statement: "SELECT pg_stat_file('/etc/passwd')" },
  { what: 'import a file', statement: "SELECT lo_import('/etc/passwd')" },
  { what: 'export a file', statement: `SELECT lo_export(lo_create(0), '${written}')` },
  { what: 'get the role that reads files', statement: 'GRANT pg_read_server_files TO CURRENT_USER' },
  { what: 'get the role that writes files', statement: 'GRANT pg_write_server_files TO CURRENT_USER' },
  { what: 'get the role that runs programs', statement: 'GRANT pg_execute_server_program TO CURRENT_USER' },
  { what: 'get the superuser', statement: 'GRANT cloud_admin TO CURRENT_USER' },
  { what: 'be the superuser', statement: 'SET ROLE cloud_admin' },
  { what: 'log in again as the superuser', statement: 'SET SESSION AUTHORIZATION cloud_admin' },
  { what: 'make itself a superuser', statement: 'ALTER ROLE CURRENT_USER SUPERUSER' },
  { what: 'make a superuser', statement: 'CREATE ROLE another SUPERUSER' },
  { what: 'change the superuser', statement: "ALTER ROLE cloud_admin PASSWORD 'mine'" },
  { what: 'set something for the superuser', statement: 'ALTER ROLE cloud_admin SET search_path = public' },
  { what: 'set something for everybody', statement: 'ALTER ROLE ALL SET search_path = public' },
  { what: 'change what it is a member of', statement: 'ALTER ROLE neon_superuser SUPERUSER' },
  { what: 'change a setting of the server', statement: "ALTER SYSTEM SET archive_command = 'id'" },
  {
    what: 'have libraries loaded',
    statement: "ALTER DATABASE neondb SET session_preload_libraries = 'anything'",
  },
  { what: 'load a library', statement: "LOAD '/tmp/anything.so'" },
  {
    what: 'make a function of a library',
    statement: "CREATE FUNCTION f() RETURNS int AS '/tmp/anything', 'f' LANGUAGE c",
  },
  {
    what: 'make a function of the server’s own code',
    statement: "CREATE FUNCTION f() RETURNS int AS 'int4in' LANGUAGE internal",
  },
  { what: 'have a language that is not confined', statement: 'CREATE EXTENSION plpython3u', code: '0A000' },
  { what: 'read files as tables', statement: 'CREATE EXTENSION file_fdw' },
  { what: 'look into pages', statement: 'CREATE EXTENSION pageinspect' },
  { what: 'read the logs of settings', statement: 'SELECT pg_hba_file_rules()' },
  { what: 'make a trigger on every login', statement: eventTrigger('login') },
  { what: 'make a trigger on every definition', statement: eventTrigger('ddl_command_end') },
  { what: 'switch triggers off', statement: "SET session_replication_role = 'replica'" },
  { what: 'change the catalog', statement: 'UPDATE pg_catalog.pg_authid SET rolsuper = true' },
  {
    what: 'put a function into the catalog',
    statement: 'CREATE FUNCTION pg_catalog.f() RETURNS int RETURN 1',
  },
  { what: 'make a folder a tablespace', statement: "CREATE TABLESPACE t LOCATION '/tmp'" },
  { what: 'reload the server', statement: 'SELECT pg_reload_conf()' },
  { what: 'have tables of another server', statement: 'CREATE SERVER s FOREIGN DATA WRAPPER dblink_fdw' },
  { what: 'connect without a password', statement: "SELECT dblink_connect('dbname=neondb')", code: '2F003' },
  { what: 'connect as the server’s own user', statement: "SELECT dblink_connect_u('dbname=neondb')" },
];

describe.each([
  { who: 'the owner of a project', uri: () => project.uri },
  { who: 'a limited role', uri: () => app },
])('$who', ({ uri }) => {
  it.each(attempts)('cannot $what', async ({ statement, code = '42501' }) => {
    await sql(uri(), (client) => expect(client.query(statement)).rejects.toMatchObject({ code }));
    expect(existsSync(written)).toBe(false);
  });

  it('cannot log in as the superuser by what it sets for itself', async () => {
    for (const setting of ['role', 'session_authorization'])
      await sql(uri(), async (client) => {
        await client.query(`ALTER ROLE CURRENT_USER SET ${setting} = cloud_admin`);
        const powers = await sql(uri(), (next) =>
          next.query("SELECT current_setting('is_superuser') AS super"),
        );
        expect(powers.rows).toEqual([{ super: 'off' }]);
        await client.query(`ALTER ROLE CURRENT_USER RESET ${setting}`);
      });
  });

  it('cannot end the sessions of the superuser', async () => {
    const { socket, password } = await clusterOf(project);
    const own = { superuser: 'cloud_admin', password, address: { host: socket, port: 5432 } };
    await asSuperuser(own, 'postgres', async (client) => {
      const { rows } = await client.query('SELECT pg_catalog.pg_backend_pid() AS pid');
      for (const end of ['pg_terminate_backend', 'pg_cancel_backend'])
        await expect(
          sql(uri(), (tenant) => tenant.query(`SELECT ${end}(${rows[0].pid})`)),
        ).rejects.toMatchObject({ code: '42501' });
    });
  });

  it('cannot reach the Postgres of a neighbour, or more of its own, from inside', async () => {
    const sockets = await Promise.all([project, neighbour].map(clusterOf));
    for (const { socket } of sockets)
      for (const user of ['cloud_admin', neighbour.role, 'neon_superuser'])
        for (const password of ['', project.password, 'of-the-app', user, 'postgres']) {
          const target = `host=${socket} user=${user} password='${password}' dbname=postgres`;
          const attempt = sql(uri(), (client) => client.query('SELECT dblink_connect($1)', [target]));
          // The owner's own password is no secret to it.
          if (password === project.password && user === project.role) await attempt.catch(() => {});
          else await expect(attempt).rejects.toThrow(/could not establish connection|password/);
        }
  });
});

describe('the owner of a project', () => {
  it('gets a copy of its own cluster by the protocol of replication, and cannot have the server write one', async () => {
    const client = new pg.Client({
      connectionString: project.uri,
      replication: 'database',
    } as pg.ClientConfig);
    await client.connect();
    try {
      await expect(
        client.query(`BASE_BACKUP (TARGET 'server', TARGET_DETAIL '${written}', WAL false)`),
      ).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.end();
    }
  });

  it('makes nothing in the database from which the superuser works', async () => {
    await sql(inDatabase(project.uri, 'postgres'), async (client) => {
      for (const statement of ['CREATE FUNCTION public.f() RETURNS int RETURN 1', 'CREATE SCHEMA mine'])
        await expect(client.query(statement)).rejects.toMatchObject({ code: '42501' });
    });
    await expect(sql(inDatabase(app, 'postgres'), async () => {})).rejects.toMatchObject({ code: '42501' });
  });
});

describe('a cluster', () => {
  it('has a socket in a folder of its own, that only the user of Postgres may enter', async () => {
    const [one, other] = await Promise.all([project, neighbour].map(clusterOf));
    expect(one?.socket).not.toBe(other?.socket);
    for (const folder of [one?.socket ?? '', other?.socket ?? '']) {
      const { mode, uid } = statSync(folder);
      expect(mode & 0o777).toBe(0o700);
      expect(uid).toBe(postgresForTests().runAs?.uid ?? process.getuid?.());
    }
  });

  it('has a superuser whose password nobody guesses', async () => {
    const { password } = await clusterOf(project);
    // 24 random bytes.
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(statSync(path.join(scratch.path, 'superuser.password')).mode & 0o777).toBe(0o600);
  });
});

/** As its owner may see it, and what its owner may not. */
async function clusterOf({ uri }: Project) {
  const { rows } = await sql(uri, (client) =>
    client.query<{ socket: string }>("SELECT current_setting('unix_socket_directories') AS socket"),
  );
  const password = readFileSync(path.join(scratch.path, 'superuser.password'), 'utf8');
  return { socket: rows[0]?.socket ?? '', password };
}

function eventTrigger(event: string): string {
  return `CREATE FUNCTION on_event() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
    CREATE EVENT TRIGGER mine ON ${event} EXECUTE FUNCTION on_event()`;
}
