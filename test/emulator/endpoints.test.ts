import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyProject, settled } from './stories.js';
import { sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
afterAll(() => neon.stop());

describe('an endpoint', () => {
  it('is suspended, started and restarted by operations', async () => {
    const project = await readyProject(neon.api);
    const path = `/projects/${project.id}/endpoints/${project.endpoint}`;
    const turn = async (what: string) => {
      const { body } = await neon.api('POST', `${path}/${what}`);
      await settled(neon.api, project.id);
      const after = await neon.api('GET', path);
      return [
        body.operations.map(({ action }: { action: string }) => action),
        after.body.endpoint.current_state,
      ];
    };
    expect(await turn('suspend')).toEqual([['suspend_compute'], 'idle']);
    expect(await turn('suspend')).toEqual([[], 'idle']);
    expect(await turn('start')).toEqual([['start_compute'], 'active']);
    expect(await turn('restart')).toEqual([['suspend_compute', 'start_compute'], 'active']);
  });

  it('refuses connections while it is disabled', async () => {
    const project = await readyProject(neon.api);
    const path = `/projects/${project.id}/endpoints/${project.endpoint}`;
    await neon.api('PATCH', path, { endpoint: { disabled: true } });
    await settled(neon.api, project.id);
    await expect(sql(project.uri, async () => {})).rejects.toMatchObject({ message: /disabled/ });
    await neon.api('PATCH', path, { endpoint: { disabled: false, suspend_timeout_seconds: 600 } });
    await sql(project.uri, (client) => client.query('SELECT 1'));
    expect((await neon.api('GET', path)).body.endpoint.suspend_timeout_seconds).toBe(600);
  });

  it('can be deleted and made anew; a branch has one that writes', async () => {
    const project = await readyProject(neon.api);
    await sql(project.uri, (client) => client.query('CREATE TABLE kept AS SELECT 1 AS n'));
    const endpoints = `/projects/${project.id}/endpoints`;
    const request = { endpoint: { branch_id: project.branch, type: 'read_write' } };
    expect((await neon.api('POST', endpoints, request)).status).toBe(409);
    expect((await neon.api('DELETE', `${endpoints}/${project.endpoint}`)).status).toBe(200);
    await settled(neon.api, project.id);
    expect((await neon.api('DELETE', `${endpoints}/${project.endpoint}`)).status).toBe(204);
    expect((await neon.api('GET', endpoints)).body.endpoints).toEqual([]);
    expect((await neon.api('POST', endpoints, request)).status).toBe(201);
    await settled(neon.api, project.id);
    const ofBranch = await neon.api('GET', `/projects/${project.id}/branches/${project.branch}/endpoints`);
    expect(ofBranch.body.endpoints).toMatchObject([{ current_state: 'active' }]);
    const query = `database_name=neondb&role_name=${project.role}&pooled=true`;
    const { body } = await neon.api('GET', `/projects/${project.id}/connection_uri?${query}`);
    expect((await sql(body.uri, (client) => client.query('SELECT n FROM kept'))).rows).toEqual([{ n: 1 }]);
  });
});
