import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plantShadows, proofOfEscape } from './plants.js';
import { inDatabase, readyProject, settled } from './stories.js';
import { callsIn, operatorsIn, superuserSql } from './superuser-sql.js';
import { eventually, sql, type TestEmulator, testEmulator } from './with-emulator.js';

const statements = superuserSql();
const proof = proofOfEscape();

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
afterAll(async () => {
  await neon.stop();
  proof.remove();
});

describe('the SQL of the emulator’s superuser', () => {
  it('is found in the source', () => {
    expect(statements.length).toBeGreaterThan(30);
    expect(statements.flatMap(callsIn).map(({ name }) => name)).toContain('pg_database_size');
  });

  it('names the schema of every function that it calls', () => {
    expect(statements.flatMap(callsIn).filter(({ schema }) => schema !== 'pg_catalog')).toEqual([]);
  });

  it('calls none of the functions and operators that a tenant has made of the same names', async () => {
    const functions = [...new Set(statements.flatMap(callsIn).map(({ name }) => name))];
    const operators = [...new Set(statements.flatMap(operatorsIn))];
    const project = await readyProject(neon.api);
    await sql(project.uri, async (client) => {
      await plantShadows(client, functions, operators, proof.file);
      await client.query('CREATE TABLE public.mine (id int GENERATED ALWAYS AS IDENTITY, n int)');
      await client.query('CREATE MATERIALIZED VIEW public.copied AS SELECT n FROM public.mine');
      await client.query('SELECT lo_create(0)');
    });
    const drive = driverOf(project);

    await drive.limitAndLift();
    await sql(project.uri, (client) =>
      client.query(`ALTER DATABASE ${database(project.uri)} SET search_path = public, pg_catalog`),
    );
    await drive.limitAndLift();
    await drive.rolesAndDatabases();
    await drive.branches();
    await drive.snapshots();

    expect(proof.said()).toBe('');
  });
});

const database = (uri: string) => new URL(uri).pathname.slice(1);

type Project = Awaited<ReturnType<typeof readyProject>>;

/** All that the emulator does as superuser in a cluster of a tenant's. */
function driverOf(project: Project) {
  const path = `/projects/${project.id}`;
  const branch = `${path}/branches/${project.branch}`;
  const done = async (method: string, route: string, body?: unknown) => {
    const answer = await neon.api(method, route, body);
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
    const operations = await settled(neon.api, project.id);
    expect(proof.said()).toBe('');
    expect(operations.filter(({ status }) => status !== 'finished')).toEqual([]);
    return answer.body;
  };
  /** A session that meets none of the shadows itself. */
  const inside = (statement: string, uri = project.uri) =>
    sql(uri, async (client) => {
      await client.query('SET search_path = pg_catalog');
      return client.query(statement);
    });
  const quota = (quota: object) => done('PATCH', path, { project: { settings: { quota } } });
  /** Whether the limit is felt; a shadow that was called in setting it would leave it unset for good. */
  const refused = async () => {
    expect(proof.said()).toBe('');
    return inside('INSERT INTO public.mine (n) VALUES (1)').then(
      () => undefined,
      (error: { code?: string }) => error.code,
    );
  };

  return {
    async limitAndLift() {
      await quota({ logical_size_bytes: 1 });
      await eventually(refused, (code) => code === '53100');
      await quota({});
      await eventually(refused, (code) => code === undefined);
    },

    async rolesAndDatabases() {
      const { role } = await done('POST', `${branch}/roles`, { role: { name: 'brief' } });
      const brief = project.uri.replace(`${project.role}:${project.password}`, `brief:${role.password}`);
      await inside('GRANT CREATE ON SCHEMA public TO brief');
      await inside('CREATE TABLE public.of_brief ()', brief);
      await done('DELETE', `${branch}/roles/brief`);
      await done('POST', `${branch}/databases`, { database: { name: 'second', owner_name: project.role } });
      await inside('CREATE TABLE of_second ()', inDatabase(project.uri, 'second')).catch(() => {});
      await done('PATCH', `${branch}/databases/second`, { database: { name: 'third' } });
      await done('DELETE', `${branch}/databases/third`);
    },

    async branches() {
      const { rows } = await inside('SELECT pg_current_wal_lsn()::text AS lsn');
      for (const past of [{}, { parent_lsn: rows[0]?.lsn }]) {
        const made = await done('POST', `${path}/branches`, {
          branch: { init_source: 'schema-only', ...past },
          endpoints: [{ type: 'read_write' }],
        });
        const uri = made.connection_uris[0].connection_uri as string;
        const left = await inside('SELECT count(*)::int AS rows FROM public.mine', uri);
        expect(left.rows).toEqual([{ rows: 0 }]);
      }
    },

    async snapshots() {
      const { snapshot } = await done('POST', `${branch}/snapshot`);
      await done('POST', `${path}/snapshots/${snapshot.id}/restore`, { name: 'restored' });
      const seen = await neon.api('GET', path);
      expect(seen.status).toBe(200);
    },
  };
}
