import { describe, expect, it } from 'vitest';
import { connectionUri } from '../../neon/connection-uri.js';
import { deleteProject, findProjectsNamed } from '../../neon/projects.js';
import { neonErrorOf, neonServer, reply } from './neon-server.js';

function project(id: string, second: number) {
  return {
    id,
    name: 'acme',
    region_id: 'aws-us-east-1',
    created_at: `2026-03-01T12:00:0${second}Z`,
  };
}

const searchOf = (url: string) => Object.fromEntries(new URL(url, 'http://neon').searchParams);

describe('the projects of a name', () => {
  it('come oldest first, those of the same second by their ids', async () => {
    const projects = [project('c', 3), project('b', 1), project('d', 2), project('a', 1)];
    const neon = await neonServer((response) => reply(response, 200, { projects }));
    const found = await findProjectsNamed(neon.client(), 'acme');
    expect(found.map(({ id }) => id)).toEqual(['a', 'b', 'd', 'c']);
  });

  it('end with a short page, for the last page has a cursor, too', async () => {
    const full = Array.from({ length: 400 }, (_, at) => project(`p-${at}`, 1));
    const neon = await neonServer((response, { url }) => {
      const { cursor } = searchOf(url);
      const [projects, next] = cursor === undefined ? [full, 'p-399'] : [[project('last', 0)], 'last'];
      reply(response, 200, { projects, unavailable_project_ids: [], pagination: { cursor: next } });
    });
    const found = await findProjectsNamed(neon.client({ orgId: 'org-1' }), 'acme');
    expect(found).toHaveLength(401);
    expect(found[0]?.id).toBe('last');
    const asked = { search: 'acme', limit: '400', org_id: 'org-1' };
    expect(neon.heard.map(({ url }) => searchOf(url))).toEqual([asked, { ...asked, cursor: 'p-399' }]);
  });

  it('end with a full page that has no cursor', async () => {
    const full = Array.from({ length: 400 }, (_, at) => project(`p-${at}`, 1));
    const neon = await neonServer((response) => reply(response, 200, { projects: full }));
    expect(await findProjectsNamed(neon.client(), 'acme')).toHaveLength(400);
    expect(neon.heard).toHaveLength(1);
  });

  it('are not known when a later page is incomplete', async () => {
    const full = Array.from({ length: 400 }, (_, at) => project(`p-${at}`, 1));
    const neon = await neonServer((response, { url }) =>
      searchOf(url).cursor === undefined
        ? reply(response, 200, { projects: full, pagination: { cursor: 'p-399' } })
        : reply(response, 200, { projects: [], unavailable_project_ids: ['x', 'y'] }),
    );
    expect((await neonErrorOf(findProjectsNamed(neon.client(), 'acme'))).type).toBe(
      'NeonInventoryIncomplete',
    );
  });

  it('are not known when a page cannot be had', async () => {
    const neon = await neonServer((response) => reply(response, 500, {}));
    expect((await neonErrorOf(findProjectsNamed(neon.client(), 'acme'))).type).toBe('NeonUnavailable');
  });
});

describe('a delete', () => {
  it.each([200, 204, 404, 410])('is done when Neon answers %i', async (status) => {
    const neon = await neonServer((response) => void response.writeHead(status).end());
    await deleteProject(neon.client(), 'p-1');
    expect(neon.heard).toMatchObject([{ method: 'DELETE', url: '/api/v2/projects/p-1' }]);
  });

  it.each([
    [403, 'NeonUnauthorized'],
    [423, 'NeonLocked'],
    [500, 'NeonOutcomeUnknown'],
  ])('is not done when Neon answers %i', async (status, type) => {
    const neon = await neonServer((response) => reply(response, status, {}));
    expect((await neonErrorOf(deleteProject(neon.client(), 'p-1'))).type).toBe(type);
  });
});

it('a connection string is asked for by project, database and role', async () => {
  const uri = 'postgresql://app_owner:x@ep-1.aws.neon.tech/app?sslmode=require';
  const neon = await neonServer((response) => reply(response, 200, { uri }));
  const of = { projectId: 'p-1', database: 'app', role: 'app_owner' };
  expect(await connectionUri(neon.client(), of)).toBe(uri.replace('require', 'verify-full'));
  expect(neon.heard[0]?.url).toBe(
    '/api/v2/projects/p-1/connection_uri?database_name=app&role_name=app_owner',
  );
});
