import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readyProject } from './stories.js';
import { sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
let project: Awaited<ReturnType<typeof readyProject>>;
beforeAll(async () => {
  neon = await testEmulator();
  project = await readyProject(neon.api);
});
afterAll(() => neon.stop());
afterEach(() => neon.control('DELETE', '/faults'));

const fault = (effect: object, match: object = { endpoint_id: project.endpoint }) =>
  neon.control('POST', '/faults', { match, effect });

const connect = () => sql(project.uri, (client) => client.query('SELECT 1'));

describe('a Postgres', () => {
  it('answers late', async () => {
    await fault({ kind: 'connection-delay', ms: 300 });
    const start = Date.now();
    await connect();
    expect(Date.now() - start).toBeGreaterThanOrEqual(299);
  });

  it('refuses connections, with the words and the code it is told', async () => {
    await fault({ kind: 'connection-refuse', message: 'too many clients', sqlstate: '53300' });
    await expect(connect()).rejects.toMatchObject({ message: 'too many clients', code: '53300' });
    await connect();
  });

  it('drops connections, at once or in the middle of a query', async () => {
    await fault({ kind: 'connection-drop' });
    await expect(connect()).rejects.toThrow();
    await fault({ kind: 'connection-drop', after_ms: 500 }, { project_id: project.id });
    const sleeping = sql(project.uri, (client) => client.query('SELECT pg_sleep(30)'));
    await expect(sleeping).rejects.toThrow('Connection terminated unexpectedly');
  });

  it('drops all of its connections on demand', async () => {
    await sql(project.uri, async (client) => {
      const gone = new Promise<void>((resolve) => client.once('end', () => resolve()));
      const dropped = await neon.control('POST', `/endpoints/${project.endpoint}/drop_connections`);
      expect(dropped.status).toBe(204);
      await gone;
    }).catch(() => {});
    await connect();
  });

  it('of another project is left alone', async () => {
    await fault({ kind: 'connection-refuse' }, { project_id: 'another-one-12345678' });
    await connect();
  });

  it('is not matched as a call is', async () => {
    expect((await fault({ kind: 'connection-drop' }, { path: '/projects' })).status).toBe(400);
    expect((await fault({ kind: 'locked' }, { project_id: project.id })).status).toBe(400);
  });
});
