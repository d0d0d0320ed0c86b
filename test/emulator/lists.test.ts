import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readyProject } from './stories.js';
import { eventually, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ compute: false, timings: { operationsListLag: 2_500 } });
});
afterAll(() => neon.stop());

describe('the list of operations', () => {
  it('does not show a new operation at once, which its id finds', async () => {
    const { body } = await neon.api('POST', '/projects', { project: {} });
    const [timeline] = body.operations;
    const path = `/projects/${body.project.id}/operations`;
    expect((await neon.api('GET', path)).body).toEqual({ operations: [] });
    expect((await neon.api('GET', `${path}/${timeline.id}`)).status).toBe(200);
    await eventually(
      () => neon.api('GET', path),
      (answer) => answer.body.operations.length === 2,
    );
  });
});

describe('the list of branches', () => {
  it('goes on where a page has ended, although that branch is gone', async () => {
    const project = await readyProject(neon.api);
    const branches = `/projects/${project.id}/branches`;
    for (const name of ['b', 'c', 'd', 'e'])
      await eventually(
        () => neon.api('POST', branches, { branch: { name } }),
        ({ status }) => status === 201,
      );
    const page = (more: string) => neon.api('GET', `${branches}?sort_by=name&sort_order=asc&limit=2${more}`);
    const names = ({ body }: Awaited<ReturnType<typeof page>>) =>
      body.branches.map(({ name }: { name: string }) => name);
    const first = await page('');
    expect([names(first), first.body.pagination.sort_by]).toEqual([['b', 'c'], 'name']);
    const last = first.body.branches[1];
    await eventually(
      () => neon.api('DELETE', `${branches}/${last.id}`),
      ({ status }) => status === 204,
    );
    const second = await page(`&cursor=${first.body.pagination.next}`);
    expect(names(second)).toEqual(['d', 'e']);
    const third = await page(`&cursor=${second.body.pagination.next}`);
    expect([names(third), third.body.pagination.next]).toEqual([['main'], undefined]);
    expect((await page('&cursor=nonsense')).status).toBe(400);
    const backwards = await neon.api('GET', `${branches}?sort_by=name&sort_order=desc&limit=3`);
    expect(names(backwards)).toEqual(['main', 'e', 'd']);
  });

  it('shows what is being deleted until the operations end', async () => {
    const project = await readyProject(neon.api);
    const branch = `/projects/${project.id}/branches/${project.branch}`;
    await eventually(
      () => neon.api('POST', `${branch}/roles`, { role: { name: 'leaving' } }),
      ({ status }) => status === 201,
    );
    const roles = async () =>
      (await neon.api('GET', `${branch}/roles`)).body.roles.map(({ name }: { name: string }) => name);
    const match = { method: 'DELETE', path: '/projects/**' };
    await eventually(roles, (names) => names.includes('leaving'));
    await eventually(
      () => neon.api('GET', `/projects/${project.id}/operations`),
      ({ body }) => body.operations.some(({ action }: { action: string }) => action === 'apply_config'),
    );
    await neon.control('POST', '/faults', { match, effect: { kind: 'hang-operation' } });
    expect((await neon.api('DELETE', `${branch}/roles/leaving`)).status).toBe(200);
    expect(await roles()).toContain('leaving');
    await neon.control('DELETE', '/faults');
    await eventually(roles, (names) => !names.includes('leaving'));
  });
});

describe('the list of projects', () => {
  const named = async (name: string) => (await neon.api('GET', `/projects?search=${name}`)).body.projects;

  it('lags behind creation when told to', async () => {
    const fault = {
      match: { path: '/projects', method: 'GET' },
      effect: { kind: 'lagging-list', ms: 60_000 },
    };
    await neon.control('POST', '/faults', fault);
    await neon.api('POST', '/projects', { project: { name: 'unseen' } });
    expect(await named('unseen')).toEqual([]);
    expect(await named('unseen')).toHaveLength(1);
    const lagging = await testEmulator({ compute: false, timings: { projectsListLag: 1_500 } });
    await lagging.api('POST', '/projects', { project: { name: 'late' } });
    expect((await lagging.api('GET', '/projects')).body.projects).toEqual([]);
    await eventually(
      () => lagging.api('GET', '/projects'),
      ({ body }) => body.projects.length === 1,
    );
    await lagging.stop();
  });

  it('leaves out what it could not fetch within the timeout, and says so', async () => {
    const project = await readyProject(neon.api, { name: 'slowpoke' });
    const effect = { kind: 'slow-list', ms: 400, project_ids: [project.id] };
    const match = { path: '/projects', method: 'GET', times: 2 };
    await neon.control('POST', '/faults', { match, effect });
    const impatient = await neon.api('GET', '/projects?search=slowpoke&timeout=100');
    expect(impatient.body).toMatchObject({ projects: [], unavailable_project_ids: [project.id] });
    const patient = await neon.api('GET', '/projects?search=slowpoke&timeout=5000');
    expect(patient.body).toMatchObject({ projects: [{ id: project.id }], unavailable_project_ids: [] });
    for (const timeout of [99, 30_001])
      expect((await neon.api('GET', `/projects?timeout=${timeout}`)).status).toBe(400);
  });
});
