import { describe, expect, it } from 'vitest';
import { accessProblem } from '../../neon/access.js';
import { createNeonClient } from '../../neon/neon-client.js';
import { createProject } from '../../neon/projects.js';
import { emulated, projectRequest } from './emulated.js';
import { deafUrl, neonServer, reply } from './neon-server.js';

const neon = emulated();
const account = { account_id: 'org-1', auth_method: 'api_key_org' };

describe('a key', () => {
  it("of an organization serves, with the organization's id or without", async () => {
    expect(await accessProblem(neon.client())).toBeUndefined();
    expect(await accessProblem(neon.client({ orgId: neon.emulator.orgId }))).toBeUndefined();
  });

  it('that is unknown is to be made anew', async () => {
    const problem = await accessProblem(neon.client({ apiKey: 'napi_unknown' }));
    expect(problem).toContain(`NEON_API_KEY is not a key that ${neon.emulator.url} knows`);
    expect(problem).toContain("Make one in Neon's console");
    expect(problem).not.toContain('napi_unknown');
  });

  it('of a person needs the organization named', async () => {
    const apiKey = await neon.emulator.createApiKey('personal');
    expect(await accessProblem(neon.client({ apiKey }))).toContain(
      'NEON_API_KEY needs NEON_ORG_ID beside it',
    );
    expect(await accessProblem(neon.client({ apiKey, orgId: neon.emulator.orgId }))).toBeUndefined();
  });

  it('of a project has no power over the organization', async () => {
    const { project } = await createProject(neon.client(), projectRequest('single'));
    const apiKey = await neon.emulator.createApiKey('project', project.id);
    const problem = await accessProblem(neon.client({ apiKey, orgId: neon.emulator.orgId }));
    expect(problem).toContain(`NEON_API_KEY has no power over NEON_ORG_ID ${neon.emulator.orgId}`);
    expect(problem).toContain("use an organization's key, or a personal key of a member");
  });

  it('of an organization that is not the one named has no power over that', async () => {
    const problem = await accessProblem(neon.client({ orgId: 'org-strange-one-12345678' }));
    expect(problem).toContain('NEON_API_KEY has no power over NEON_ORG_ID org-strange-one-12345678');
    expect(problem).toContain('404');
  });

  const knownKeyThen = (status: number) =>
    neonServer((response, { url }) =>
      url.startsWith('/api/v2/auth') ? reply(response, 200, account) : reply(response, status, {}),
    );

  it.each([403, 404])('is to blame for a %i where its organization is asked for', async (status) => {
    const problem = await accessProblem((await knownKeyThen(status)).client({ orgId: 'org-1' }));
    expect(problem).toContain('NEON_API_KEY has no power over NEON_ORG_ID org-1');
  });

  it.each([429, 500, 503])('is not to blame for a %i, which passes', async (status) => {
    const problem = await accessProblem((await knownKeyThen(status)).client({ orgId: 'org-1' }));
    expect(problem).toContain(String(status));
    expect(problem).not.toContain('NEON_API_KEY');
  });
});

describe('an address', () => {
  it('with the wrong path is told how it usually ends', async () => {
    const host = new URL('/', neon.emulator.url).href;
    const problem = await accessProblem(neon.client({ host }));
    expect(problem).toContain(`NEON_API_HOST ${host} does not answer as Neon's API v2 does`);
    expect(problem).toContain('404');
    expect(problem).toContain('It usually ends in /api/v2.');
  });

  it('where nobody listens is told so', async () => {
    const host = await deafUrl();
    expect(await accessProblem(createNeonClient({ apiKey: 'key', host }))).toBe(
      `Neon's API does not answer at NEON_API_HOST ${host} (GET /auth: ECONNREFUSED).`,
    );
  });

  it.each([200, 404])('of a web site, answering %i in HTML, is told how it usually ends', async (status) => {
    const server = await neonServer((response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<html>Welcome!');
    });
    const problem = await accessProblem(server.client());
    expect(problem).toContain(`NEON_API_HOST ${server.url} does not answer as Neon's API v2 does`);
    expect(problem).toContain('It usually ends in /api/v2.');
    expect(problem).not.toContain('Welcome');
  });

  it('is not to blame for a rate limit', async () => {
    const server = await neonServer((response) => reply(response, 429, { message: 'slow down' }));
    const problem = await accessProblem(server.client());
    expect(problem).toContain('429');
    expect(problem).not.toContain('/api/v2.');
  });
});

it('a look that its caller gives up ends in the reason of the caller, not in a verdict', async () => {
  const reason = new Error('stopping');
  await expect(accessProblem(neon.client(), AbortSignal.abort(reason))).rejects.toBe(reason);
});
