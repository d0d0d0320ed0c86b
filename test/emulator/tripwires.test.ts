import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { escapeAttempt, proofOfEscape } from './plants.js';
import { inDatabase, readyProject, settled } from './stories.js';
import { eventually, sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
afterAll(() => neon.stop());

/** A file of one test's own. */
function proofForTest() {
  const proof = proofOfEscape();
  onTestFinished(() => proof.remove());
  return proof;
}
type Proof = ReturnType<typeof proofForTest>;

/** Code of the tenant's that tries to become somebody else before it looks who it is. */
const tripwire = (file: string, what: string) => `
  BEGIN
    RESET ROLE;
  EXCEPTION WHEN OTHERS THEN NULL; END;
  ${escapeAttempt(file, what)}`;

/** One for each place in which Postgres runs a tenant's code by itself. */
const tripwires = ({ file }: Proof) => `
  CREATE SCHEMA "od;d "" schema";
  CREATE FUNCTION caught() RETURNS int LANGUAGE plpgsql AS $$ BEGIN ${tripwire(file, 'an expression')} RETURN 1; END $$;
  CREATE FUNCTION folded(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.caught(); RETURN n; END $$;
  CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${tripwire(file, 'a trigger')} RETURN NULL; END $$;
  CREATE DOMAIN watched AS int CHECK (folded(VALUE) IS NOT NULL);
  CREATE TABLE wired (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    n watched DEFAULT folded(1) CHECK (folded(n) = n),
    twice int GENERATED ALWAYS AS (folded(n) * 2) STORED
  );
  CREATE INDEX ON wired ((n + folded(1)));
  CREATE STATISTICS observed ON (folded(n)), id FROM wired;
  CREATE TRIGGER each_truncate BEFORE TRUNCATE ON wired EXECUTE FUNCTION fired();
  CREATE TRIGGER each_write AFTER INSERT OR UPDATE OR DELETE ON wired FOR EACH ROW EXECUTE FUNCTION fired();
  ALTER TABLE wired ENABLE ALWAYS TRIGGER each_truncate;
  ALTER TABLE wired ENABLE ALWAYS TRIGGER each_write;
  CREATE RULE also AS ON DELETE TO wired DO ALSO SELECT caught();
  ALTER TABLE wired ENABLE ALWAYS RULE also;
  ALTER TABLE wired ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
  CREATE POLICY looked ON wired USING (caught() = 1);
  CREATE MATERIALIZED VIEW kept AS SELECT folded(1) AS n, caught() AS c;
  CREATE UNIQUE INDEX ON kept ((n + folded(1)));
  CREATE TABLE "od;d "" schema"."$$ ''; SELECT public.caught(); --" (id serial, n int REFERENCES wired);
  CREATE TABLE parts (n int) PARTITION BY RANGE ((folded(n)));
  CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (9);
  CREATE TABLE heir () INHERITS (wired);
  INSERT INTO wired (n) VALUES (1), (2);
  INSERT INTO parts VALUES (1);
  INSERT INTO heir (id, n) VALUES (1, 1);
  ANALYZE wired`;

describe('what a tenant has put into its database', () => {
  it('is not run as the superuser by a limit of size, a copy of the schema, a change of roles, or a snapshot', async () => {
    const proof = proofForTest();
    const project = await readyProject(neon.api);
    const route = `/projects/${project.id}`;
    const done = doneIn(project.id, proof);
    await sql(project.uri, (client) => client.query(tripwires(proof)));

    await done('PATCH', route, { project: { settings: { quota: { logical_size_bytes: 1 } } } });
    await eventually(() => write(project.uri), isRefused);
    await done('PATCH', route, { project: { settings: { quota: {} } } });
    await eventually(
      () => write(project.uri),
      (error) => !isRefused(error),
    );

    await done('POST', `${route}/branches/${project.branch}/snapshot`);
    const { connection_uris } = await done('POST', `${route}/branches`, {
      branch: { init_source: 'schema-only' },
      endpoints: [{ type: 'read_write' }],
    });
    await done('POST', `${route}/branches/${project.branch}/roles/${project.role}/reset_password`);

    expect(proof.said()).toBe('');
    await sql(connection_uris[0].connection_uri, async (client) => {
      const left = await client.query(
        `SELECT (SELECT count(*)::int FROM wired) + (SELECT count(*)::int FROM parts) AS rows,
           (SELECT string_agg(tgname::text || tgenabled::text, ' ' ORDER BY tgname) FROM pg_trigger WHERE tgname LIKE 'each%') AS fires`,
      );
      expect(left.rows).toEqual([{ rows: 0, fires: 'each_truncateA each_writeA' }]);
    });
  });

  it('belongs to no superuser when the role that owned it is deleted', async () => {
    const proof = proofForTest();
    const project = await readyProject(neon.api);
    const roles = `/projects/${project.id}/branches/${project.branch}/roles`;
    const done = doneIn(project.id, proof);
    const { role } = await done('POST', roles, { role: { name: 'brief' } });
    const brief = project.uri.replace(`${project.role}:${project.password}`, `brief:${role.password}`);
    await sql(brief, (client) => client.query('CREATE DATABASE own'));
    await sql(inDatabase(brief, 'own'), (client) =>
      client.query(
        `CREATE FUNCTION powerful() RETURNS int SECURITY DEFINER LANGUAGE plpgsql
         AS $$ BEGIN ${escapeAttempt(proof.file, 'a function with SECURITY DEFINER')} RETURN 1; END $$`,
      ),
    );
    await done('DELETE', `${roles}/brief`);

    await sql(inDatabase(project.uri, 'own'), async (client) => {
      await client.query('SELECT powerful()').catch(() => {});
      const owners = await client.query(
        `SELECT (SELECT rolsuper FROM pg_roles WHERE oid = datdba) AS super FROM pg_database WHERE datname = 'own'`,
      );
      expect(owners.rows).toEqual([{ super: false }]);
    });
    expect(proof.said()).toBe('');
  });
});

const timeouts = ['statement_timeout', 'transaction_timeout', 'lock_timeout', 'idle_session_timeout'];

describe('the settings that a tenant gives its database', () => {
  it('do not hold for the superuser', async () => {
    const proof = proofForTest();
    const project = await readyProject(neon.api);
    const done = doneIn(project.id, proof);
    await sql(project.uri, async (client) => {
      await client.query('CREATE TABLE wired (n int)');
      const database = new URL(project.uri).pathname.slice(1);
      for (const setting of [
        'search_path = public, pg_catalog',
        `role = ${project.role}`,
        `session_authorization = ${project.role}`,
        'default_transaction_read_only = on',
        'default_transaction_isolation = serializable',
        ...timeouts.map((name) => `${name} = 1`),
      ])
        await client.query(`ALTER DATABASE ${database} SET ${setting}`);
    });
    await done('PATCH', `/projects/${project.id}`, {
      project: { settings: { quota: { logical_size_bytes: 1 } } },
    });
    const own = ['default_transaction_read_only=off', ...timeouts.map((name) => `${name}=0`)];
    const url = new URL(project.uri);
    url.searchParams.set('options', own.map((setting) => `-c ${setting}`).join(' '));
    await eventually(() => write(url.href), isRefused);
    await done('POST', `/projects/${project.id}/branches`, {
      branch: { init_source: 'schema-only' },
      endpoints: [{ type: 'read_write' }],
    });
  });
});

describe('a limit of size', () => {
  it('is not kept away by triggers of the tenant’s that have its name or its function', async () => {
    const proof = proofForTest();
    const project = await readyProject(neon.api);
    const done = doneIn(project.id, proof);
    await sql(project.uri, (client) =>
      client.query(
        `CREATE TABLE wired (n int);
         CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
         CREATE TRIGGER neon_size_limit BEFORE INSERT ON wired FOR EACH ROW EXECUTE FUNCTION nothing()`,
      ),
    );
    const limit = (quota: object) =>
      done('PATCH', `/projects/${project.id}`, { project: { settings: { quota } } });
    await limit({ logical_size_bytes: 1 });
    await eventually(() => write(project.uri), isRefused);
    await sql(project.uri, async (client) => {
      const borrowed =
        'CREATE TRIGGER own BEFORE DELETE ON wired EXECUTE FUNCTION pg_catalog.neon_size_limit()';
      await expect(client.query(borrowed)).rejects.toMatchObject({ code: '42501' });
    });
    await limit({});
    await eventually(
      () => write(project.uri),
      (error) => !isRefused(error),
    );
    await sql(project.uri, async (client) => {
      const left = await client.query("SELECT tgname FROM pg_trigger WHERE tgrelid = 'wired'::regclass");
      expect(left.rows).toEqual([{ tgname: 'neon_size_limit' }]);
    });
  });
});

const write = (uri: string) =>
  sql(uri, (client) => client.query('INSERT INTO wired (n) VALUES (3)')).catch((error: unknown) => error);

const isRefused = (result: unknown) => result instanceof Error && 'code' in result && result.code === '53100';

const doneIn = (projectId: string, proof: Proof) => async (method: string, route: string, body?: unknown) => {
  const answer = await neon.api(method, route, body);
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  const operations = await settled(neon.api, projectId);
  expect(proof.said()).toBe('');
  expect(operations.filter(({ status }) => status !== 'finished')).toEqual([]);
  return answer.body;
};
