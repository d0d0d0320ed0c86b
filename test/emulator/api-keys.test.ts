import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './openapi.js';
import { readyProject } from './stories.js';
import { type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
let person: Client;
beforeAll(async () => {
  neon = await testEmulator({ compute: false });
  person = neon.apiAs(await neon.createApiKey('personal'));
});
afterAll(() => neon.stop());

const ofOrganization = () => `/organizations/${neon.orgId}/api_keys`;

describe('an API key', () => {
  it('is made by a person, shown once, listed without its secret, and revoked', async () => {
    const made = await person('POST', '/api_keys', { key_name: 'laptop' });
    expect(made.body.key).toMatch(/^neon_api_key_/);
    const mine = neon.apiAs(made.body.key);
    expect((await mine('GET', '/users/me')).status).toBe(200);
    const listed = (await person('GET', '/api_keys')).body.find(
      ({ id }: { id: number }) => id === made.body.id,
    );
    expect(listed).toMatchObject({ name: 'laptop', last_used_at: expect.any(String) });
    expect(JSON.stringify(listed)).not.toContain(made.body.key);
    expect((await person('DELETE', `/api_keys/${made.body.id}`)).body.revoked).toBe(true);
    expect((await mine('GET', '/users/me')).status).toBe(401);
    expect((await person('DELETE', `/api_keys/${made.body.id}`)).status).toBe(404);
  });

  it('of the organization is made by a person, not by another key of it', async () => {
    const made = await person('POST', ofOrganization(), { key_name: 'ci' });
    expect(made.body.key).toMatch(/^neon_org_key_/);
    const key = neon.apiAs(made.body.key);
    expect((await key('GET', '/projects')).status).toBe(200);
    expect((await key('POST', ofOrganization(), { key_name: 'offspring' })).status).toBe(403);
    expect((await key('GET', ofOrganization())).body.map(({ id }: { id: number }) => id)).toContain(
      made.body.id,
    );
    expect((await key('GET', '/api_keys')).status).toBe(403);
    expect((await person('DELETE', `${ofOrganization()}/${made.body.id}`)).status).toBe(200);
    expect((await key('GET', '/projects')).status).toBe(401);
  });

  it('of a project sees that project alone, and nothing of the organization', async () => {
    const project = await readyProject(neon.api);
    const other = await readyProject(neon.api);
    const made = await person('POST', ofOrganization(), { key_name: 'tenant', project_id: project.id });
    expect(made.body).toMatchObject({
      project_id: project.id,
      key: expect.stringMatching(/^neon_project_key_/),
    });
    const key = neon.apiAs(made.body.key);
    expect((await key('GET', `/projects/${project.id}/branches`)).status).toBe(200);
    expect((await key('GET', `/projects/${other.id}/branches`)).status).toBe(404);
    expect((await key('POST', `/projects/${project.id}/branches`, {})).status).toBe(201);
    for (const [method, path, body] of [
      ['POST', '/projects', { project: {} }],
      ['DELETE', `/projects/${project.id}`, undefined],
      ['GET', ofOrganization(), undefined],
      ['GET', `/organizations/${neon.orgId}/members`, undefined],
      ['GET', '/api_keys', undefined],
    ] as const)
      expect((await key(method, path, body)).status).toBe(403);
    const unknown = { key_name: 'nobody', project_id: 'no-such-project-12345678' };
    expect((await person('POST', ofOrganization(), unknown)).status).toBe(404);
  });

  it.each([{}, { key_name: '' }, { key_name: 'x'.repeat(65) }])('is not made of %j', async (body) => {
    expect((await person('POST', '/api_keys', body)).status).toBe(400);
  });
});

describe('the organization', () => {
  it('has one member, its owner', async () => {
    const { body } = await neon.api('GET', `/organizations/${neon.orgId}/members`);
    expect(body).toMatchObject({ members: [{ member: { role: 'admin', org_id: neon.orgId } }] });
    expect(body.pagination).not.toHaveProperty('next');
    const { id } = body.members[0].member;
    expect((await neon.api('GET', `/organizations/${neon.orgId}/members/${id}`)).body.id).toBe(id);
    expect((await neon.api('GET', `/organizations/org-strange-one-12345678/members`)).status).toBe(404);
  });
});
