import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyProject } from './stories.js';
import { type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ compute: false });
});
afterAll(() => neon.stop());

describe('a key', () => {
  it('is asked for', async () => {
    for (const key of [undefined, '', 'napi_unknown']) {
      const anonymous = neon.apiAs(key ?? '');
      expect((await anonymous('GET', '/projects')).status).toBe(401);
    }
    const malformed = await fetch(`${neon.url}/projects`, { headers: { authorization: 'Basic abc' } });
    expect(malformed.status).toBe(401);
  });

  it('of an organization knows its organization', async () => {
    const { body } = await neon.api('GET', '/auth');
    expect(body).toEqual({ account_id: neon.orgId, auth_method: 'api_key_org' });
    expect((await neon.api('GET', `/projects?org_id=${neon.orgId}`)).status).toBe(200);
    expect((await neon.api('GET', '/projects?org_id=org-strange-one-12345678')).status).toBe(404);
    expect((await neon.api('GET', `/organizations/${neon.orgId}`)).body.id).toBe(neon.orgId);
    expect((await neon.api('GET', '/users/me')).status).toBe(403);
  });

  it('of a person has to say which organization is meant', async () => {
    const api = neon.apiAs(await neon.createApiKey('personal'));
    const refused = await api('GET', '/projects');
    expect(refused).toMatchObject({ status: 400, body: { message: 'org_id is required' } });
    expect((await api('POST', '/projects', { project: {} })).status).toBe(400);
    expect((await api('POST', '/projects', { project: { org_id: neon.orgId } })).status).toBe(201);
    expect((await api('GET', '/auth')).body.auth_method).toBe('api_key_user');
    expect((await api('GET', '/users/me')).status).toBe(200);
    expect((await api('GET', '/users/me/organizations')).body.organizations).toMatchObject([
      { id: neon.orgId },
    ]);
    expect((await api('GET', '/regions')).status).toBe(200);
  });

  it('of a project works inside it and cannot decide whether there is one', async () => {
    const mine = await readyProject(neon.api);
    const other = await readyProject(neon.api);
    const api = neon.apiAs(await neon.createApiKey('project', mine.id));
    expect((await api('GET', `/projects/${mine.id}`)).status).toBe(200);
    expect((await api('GET', `/projects/${other.id}`)).status).toBe(404);
    expect((await api('GET', `/organizations/${neon.orgId}`)).status).toBe(403);
    const list = await api('GET', '/projects');
    expect(list.body.projects.map(({ id }: { id: string }) => id)).toEqual([mine.id]);
    expect((await api('POST', '/projects', { project: {} })).status).toBe(403);
    expect((await api('DELETE', `/projects/${mine.id}`)).status).toBe(403);
    await expect(neon.createApiKey('project', 'no-such-project-12345678')).rejects.toThrow(
      'project not found',
    );
  });
});
