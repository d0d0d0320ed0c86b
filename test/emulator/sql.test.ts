import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyProject, settled } from './stories.js';
import { eventually, sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ timings: { suspendSecond: 3 } });
});
afterAll(() => neon.stop());

describe('the database of a project', () => {
  it('belongs to its owner, who has the powers of neon_superuser and no more', async () => {
    const project = await readyProject(neon.api);
    await sql(project.uri, async (client) => {
      const me = await client.query(
        `SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication,
           pg_has_role(oid, 'neon_superuser', 'member') AS member FROM pg_roles WHERE rolname = current_user`,
      );
      expect(me.rows).toEqual([
        {
          rolsuper: false,
          rolcreatedb: true,
          rolcreaterole: true,
          rolbypassrls: true,
          rolreplication: true,
          member: true,
        },
      ]);
      await client.query('CREATE ROLE app LOGIN; CREATE SCHEMA tenant; GRANT USAGE ON SCHEMA tenant TO app');
    });
  });

  it('holds vectors', async () => {
    const project = await readyProject(neon.api);
    const nearest = await sql(project.uri, async (client) => {
      await client.query('CREATE EXTENSION vector');
      await client.query('CREATE TABLE items (name text, embedding vector(3))');
      await client.query("INSERT INTO items VALUES ('near', '[1,1,1]'), ('far', '[9,9,9]')");
      await client.query('CREATE INDEX ON items USING hnsw (embedding vector_cosine_ops)');
      return client.query("SELECT name FROM items ORDER BY embedding <-> '[1,1,2]' LIMIT 1");
    });
    expect(nearest.rows).toEqual([{ name: 'near' }]);
  });

  it('takes neither a wrong password nor another project’s', async () => {
    const [one, other] = await Promise.all([readyProject(neon.api), readyProject(neon.api)]);
    await sql(one.uri, (client) => client.query('CREATE TABLE secrets ()'));
    const stranger = one.uri.replace(one.password, other.password);
    await expect(sql(stranger, async () => {})).rejects.toMatchObject({ code: '28P01' });
    const seen = await sql(other.uri, (client) => client.query("SELECT to_regclass('secrets') AS table"));
    expect(seen.rows).toEqual([{ table: null }]);
  });

  it('holds whoever connects before the operations have ended', async () => {
    const { body } = await neon.api('POST', '/projects', { project: {} });
    const rows = await sql(body.connection_uris[0].connection_uri, (client) =>
      client.query('SELECT 1 AS one'),
    );
    expect(rows.rows).toEqual([{ one: 1 }]);
    const operations = await settled(neon.api, body.project.id);
    expect(operations.every(({ status }) => status === 'finished')).toBe(true);
  });

  it('sleeps when nobody is connected and wakes for the next one with everything in it', async () => {
    const project = await readyProject(neon.api, {
      default_endpoint_settings: { suspend_timeout_seconds: 60 },
    });
    await sql(project.uri, (client) => client.query('CREATE TABLE remembered AS SELECT 1 AS one'));
    const endpoint = () => neon.api('GET', `/projects/${project.id}/endpoints/${project.endpoint}`);
    await eventually(endpoint, ({ body }) => body.endpoint.current_state === 'idle');
    const control = (await (await neon.control('GET', '/projects')).json()) as {
      projects: { id: string; branches: { compute: string }[] }[];
    };
    expect(control.projects.find(({ id }) => id === project.id)?.branches[0]?.compute).toBe('stopped');

    const rows = await Promise.all(
      [1, 2, 3].map(() => sql(project.uri, (client) => client.query('SELECT one FROM remembered'))),
    );
    expect(rows.map((result) => result.rows)).toEqual([[{ one: 1 }], [{ one: 1 }], [{ one: 1 }]]);
    const starts = (await settled(neon.api, project.id)).filter(({ action }) => action === 'start_compute');
    expect(starts).toHaveLength(2);
  });
});

describe('an emulator without computes', () => {
  it('answers everything but SQL', async () => {
    const paper = await testEmulator({ compute: false });
    try {
      const project = await readyProject(paper.api);
      await expect(sql(project.uri, async () => {})).rejects.toMatchObject({ code: '57P03' });
    } finally {
      await paper.stop();
    }
  });
});
