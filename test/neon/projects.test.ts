import { describe, expect, it } from 'vitest';
import { listOperations, outcomeOf } from '../../neon/operations.js';
import { createProject, deleteProject, findProjectsNamed } from '../../neon/projects.js';
import { eventually } from '../support/eventually.js';
import { emulated, projectRequest } from './emulated.js';
import { neonErrorOf, neonServer, reply } from './neon-server.js';

const neon = emulated();

const create = async (name: string) => (await createProject(neon.client(), projectRequest(name))).project.id;

/** Makes a project and waits for its operations, which keep it locked. */
async function createUnlocked(name: string): Promise<string> {
  const id = await create(name);
  await eventually('the operations are finished', async () => {
    const operations = await listOperations(neon.client(), id);
    return operations.every((operation) => outcomeOf(operation, 0) === 'succeeded');
  });
  return id;
}

const idsOf = (projects: readonly { id: string }[]) => projects.map(({ id }) => id);

describe('a project', () => {
  it('is made with its owner and the operations to wait for', async () => {
    const created = await createProject(neon.client(), projectRequest('made'));
    expect(created.project).toMatchObject({ name: 'made', region_id: 'aws-us-east-1' });
    expect(created.connection_uris[0]?.connection_uri).toMatch(/^postgres(ql)?:\/\/app_owner:[^@]+@.+\/app/);
    expect(created.operations.map(({ action }) => action)).toEqual(['create_timeline', 'start_compute']);
  });

  it('is made in the organization that is named, and only then is one named', async () => {
    const server = await neonServer((response) => reply(response, 400, {}));
    await neonErrorOf(createProject(server.client({ orgId: 'org-1' }), projectRequest('acme')));
    await neonErrorOf(createProject(server.client(), projectRequest('acme')));
    expect(server.heard.map(({ body }) => JSON.parse(body))).toEqual([
      { project: { ...projectRequest('acme'), org_id: 'org-1' } },
      { project: projectRequest('acme') },
    ]);
  });

  it('is found by its whole name only', async () => {
    const id = await create('exact');
    for (const name of ['exact-2', 'inexact', 'Exact']) await create(name);
    expect(idsOf(await findProjectsNamed(neon.client(), 'exact'))).toEqual([id]);
    expect(await findProjectsNamed(neon.client(), 'exac')).toEqual([]);
  });

  it('is found although 400 others match in part and fill the first page', async () => {
    const oldest = await create('full');
    await Promise.all(Array.from({ length: 400 }, (_, at) => create(`full-${at}`)));
    expect(idsOf(await findProjectsNamed(neon.client(), 'full'))).toEqual([oldest]);
  });

  it('is not found once it is deleted', async () => {
    const id = await createUnlocked('deleted');
    await deleteProject(neon.client(), id);
    expect(await findProjectsNamed(neon.client(), 'deleted')).toEqual([]);
  });

  it('may exist unseen when the inventory is incomplete, so no look succeeds', async () => {
    const id = await create('hidden');
    await neon.emulator.addFault({
      match: { method: 'GET', path: '/projects' },
      effect: { kind: 'incomplete-list', unavailable_project_ids: [id] },
    });
    const error = await neonErrorOf(findProjectsNamed(neon.client(), 'hidden'));
    expect(error.type).toBe('NeonInventoryIncomplete');
    expect(error.message).toContain('could not list 1 projects');
    expect(idsOf(await findProjectsNamed(neon.client(), 'hidden'))).toEqual([id]);
  });

  it('counts as deleted when it was deleted before, or never was', async () => {
    const id = await createUnlocked('gone');
    await deleteProject(neon.client(), id);
    await deleteProject(neon.client(), id);
    await deleteProject(neon.client(), 'never-was-12345678');
    expect(idsOf(await neon.emulator.liveProjects())).not.toContain(id);
  });
});
