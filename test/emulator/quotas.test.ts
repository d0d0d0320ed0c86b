import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startNeonEmulator } from '../../emulator/index.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { checkedClient } from './openapi.js';
import { readyProject, settled } from './stories.js';
import { eventually, sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
afterAll(() => neon.stop());

type Project = Awaited<ReturnType<typeof readyProject>>;
const withQuota = (quota: object, more: object = {}) =>
  readyProject(neon.api, { settings: { quota }, ...more });

async function setQuota(project: Project, quota: object): Promise<void> {
  const answer = await eventually(
    () => neon.api('PATCH', `/projects/${project.id}`, { project: { settings: { quota } } }),
    ({ status }) => status !== 423,
  );
  expect(answer.status).toBe(200);
}

const endpoint = async ({ id, endpoint }: Project) =>
  (await neon.api('GET', `/projects/${id}/endpoints/${endpoint}`)).body.endpoint;

const suspended = (project: Project) =>
  eventually(
    () => endpoint(project),
    ({ current_state, pending_state }) => current_state === 'idle' && pending_state === undefined,
  );

const connect = ({ uri }: Project) => sql(uri, (client) => client.query('SELECT 1'));

describe('a quota', () => {
  it('of active time suspends the computes, and they refuse to start until it is raised', async () => {
    const project = await withQuota({ active_time_seconds: 1 });
    await suspended(project);
    const said = 'Your project has exceeded the active time quota. Upgrade your plan to increase limits.';
    const start = await neon.api('POST', `/projects/${project.id}/endpoints/${project.endpoint}/start`);
    expect(start).toMatchObject({
      status: 402,
      body: { code: 'ACTIVE_TIME_QUOTA_EXCEEDED', message: said },
    });
    await expect(connect(project)).rejects.toMatchObject({ message: said, code: 'XX000' });
    await setQuota(project, { active_time_seconds: 3600 });
    await connect(project);
  });

  it('of one second suspends a tenant on purpose, and drops who is connected', async () => {
    const project = await readyProject(neon.api);
    await sql(project.uri, async (client) => {
      const dropped = new Promise((resolve) => client.once('error', resolve));
      await setQuota(project, { active_time_seconds: 1 });
      await dropped;
    }).catch(() => {});
    await suspended(project);
    await expect(connect(project)).rejects.toThrow('active time quota');
    // Nothing and zero both mean that there is no limit.
    await setQuota(project, { active_time_seconds: 0 });
    await connect(project);
  });

  it('of compute time counts the compute units', async () => {
    const units = { autoscaling_limit_min_cu: 8, autoscaling_limit_max_cu: 8 };
    const project = await withQuota({ compute_time_seconds: 8 }, { default_endpoint_settings: units });
    await suspended(project);
    await expect(connect(project)).rejects.toThrow('compute time quota');
    const { body } = await neon.api('GET', `/projects/${project.id}`);
    expect(body.project.compute_time_seconds).toBeGreaterThanOrEqual(8);
    expect(body.project.active_time_seconds).toBeLessThan(8);
  });

  it('of written data counts the WAL', async () => {
    const project = await withQuota({ written_data_bytes: 5_000_000 });
    await connect(project);
    await sql(project.uri, (client) =>
      client.query(
        'CREATE TABLE filled AS SELECT repeat(md5(n::text), 20) AS t FROM generate_series(1, 20000) n',
      ),
    );
    await suspended(project);
    await expect(connect(project)).rejects.toThrow('written data quota');
    const { body } = await neon.api('GET', `/projects/${project.id}`);
    expect(body.project.written_data_bytes).toBeGreaterThan(10_000_000);
  });

  it('of transfer counts what goes out to clients', async () => {
    const project = await withQuota({ data_transfer_bytes: 2_000_000 });
    await sql(project.uri, (client) => client.query("SELECT repeat('x', 3000000)"));
    await suspended(project);
    await expect(connect(project)).rejects.toThrow('data transfer quota');
  });

  it('keeps a new compute of the project from being made', async () => {
    const project = await withQuota({ active_time_seconds: 1 });
    await suspended(project);
    const { status } = await neon.api('POST', `/projects/${project.id}/branches`, {
      endpoints: [{ type: 'read_write' }],
    });
    expect(status).toBe(402);
    expect((await neon.api('POST', `/projects/${project.id}/branches`, {})).status).toBe(201);
  });

  it('that is used up is so after a restart, too', async () => {
    const folder = scratchFolder('neon-emulator-');
    const options = { dataDir: folder.path, compute: false, apiKey: 'kept' };
    const first = await startNeonEmulator(options);
    const project = await readyProject(checkedClient(first.url, 'kept'), {
      settings: { quota: { active_time_seconds: 1 } },
    });
    await eventually(
      () => checkedClient(first.url, 'kept')('GET', `/projects/${project.id}/endpoints`),
      ({ body }) => body.endpoints[0].current_state === 'idle',
    );
    await first.stop();
    const second = await startNeonEmulator(options);
    const start = `/projects/${project.id}/endpoints/${project.endpoint}/start`;
    expect((await checkedClient(second.url, 'kept')('POST', start)).status).toBe(402);
    await second.stop();
    folder.remove();
  });
});

describe('a compute at rest', () => {
  it('is not connected to again and again for a quota of bytes', async () => {
    const project = await withQuota({ logical_size_bytes: 2 ** 30 });
    const sessions = () =>
      sql(project.uri, async (client) => {
        const text = "SELECT sessions::int AS n FROM pg_stat_database WHERE datname = 'postgres'";
        return (await client.query<{ n: number }>(text)).rows[0]?.n ?? 0;
      });
    const before = await sessions();
    // It is asked for a second more, five times, and then no more. That nothing happens has no end to wait for.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect((await sessions()) - before).toBeLessThan(10);
  });

  it('is asked again when its quota changes, and when its data does', async () => {
    const project = await withQuota({ logical_size_bytes: 2 ** 30 });
    const insert = () =>
      sql(project.uri, (client) => client.query('INSERT INTO mine VALUES (1)')).catch(
        (error: unknown) => error,
      );
    await sql(project.uri, (client) => client.query('CREATE TABLE mine (n int)'));
    // Until it is at rest.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await setQuota(project, { logical_size_bytes: 1 });
    await eventually(insert, (result) => result instanceof Error);
    await setQuota(project, {});
    await eventually(insert, (result) => !(result instanceof Error));
    const small = 45 * 2 ** 20;
    await setQuota(project, { logical_size_bytes: small });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    const fill = 'INSERT INTO mine SELECT generate_series(1, 1000000)';
    await sql(project.uri, (client) => client.query(fill));
    await eventually(insert, (result) => result instanceof Error);
  });
});

describe('a quota of logical size', () => {
  const filled = 'INSERT INTO filled SELECT repeat(md5(n::text), 20) FROM generate_series(1, 20000) n';

  it('refuses writes and nothing else, until there is space again', async () => {
    const project = await withQuota({ logical_size_bytes: 45 * 2 ** 20 });
    await sql(project.uri, async (client) => {
      await client.query('CREATE TABLE filled (t text)');
      const refused = await eventually(
        () => client.query(filled).catch((error: unknown) => error),
        (result) => result instanceof Error,
      );
      expect(refused).toMatchObject({
        code: '53100',
        message: 'could not extend file because project size limit (45 MB) has been exceeded',
      });
      await expect(client.query("UPDATE filled SET t = ''")).rejects.toMatchObject({ code: '53100' });
      await expect(client.query('CREATE TABLE another (n int)')).rejects.toMatchObject({ code: '53100' });
      await client.query('CREATE TEMPORARY TABLE scratch AS SELECT 1 AS n');
      expect((await client.query('SELECT count(*)::int AS n FROM filled')).rows[0].n).toBeGreaterThan(0);
      await client.query('DELETE FROM filled WHERE t IS NULL');
      await client.query('TRUNCATE filled');
      await eventually(
        () => client.query("INSERT INTO filled VALUES ('fits')").catch((error: unknown) => error),
        (result) => !(result instanceof Error),
      );
    });
    expect(await endpoint(project)).toMatchObject({ current_state: 'active' });
  });

  it('cannot be got around by the owner of the tables, and is lifted with the quota', async () => {
    const project = await readyProject(neon.api);
    await sql(project.uri, async (client) => {
      await client.query('CREATE TABLE mine (n int)');
      await setQuota(project, { logical_size_bytes: 1 });
      const insert = () => client.query('INSERT INTO mine VALUES (1)').catch((error: unknown) => error);
      await eventually(insert, (result) => result instanceof Error);
      await client.query('SET default_transaction_read_only = off');
      await expect(client.query('ALTER TABLE mine DISABLE TRIGGER ALL')).rejects.toThrow('system trigger');
      await expect(client.query('DROP EVENT TRIGGER neon_size_limit')).rejects.toThrow('must be owner');
      expect(await insert()).toBeInstanceOf(Error);
      await setQuota(project, {});
      await eventually(insert, (result) => !(result instanceof Error));
      const left = await client.query("SELECT FROM pg_trigger WHERE tgname LIKE 'neon%'");
      expect(left.rowCount).toBe(0);
    });
    await settled(neon.api, project.id);
  });
});
