import { createApiClient, EndpointType } from '@neondatabase/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settled } from '../stories.js';
import { sql, type TestEmulator, testEmulator } from '../with-emulator.js';
import { type Witness, witness } from './witness.js';

let emulator: TestEmulator;
let between: Witness;
let neon: ReturnType<typeof createApiClient>;
beforeAll(async () => {
  emulator = await testEmulator();
  between = await witness(emulator.url, '@neondatabase/api-client');
  neon = createApiClient({ apiKey: emulator.apiKey, baseURL: between.url });
});
afterAll(async () => {
  between.close();
  await emulator.stop();
});

describe('@neondatabase/api-client', () => {
  it('creates a project, reads all of it and deletes it', async () => {
    const { data: made, status } = await neon.createProject({
      project: { name: 'by-axios', pg_version: 17 },
    });
    expect([status, made.operations.map((operation) => operation.status)]).toEqual([
      201,
      ['running', 'scheduling'],
    ]);
    const projectId = made.project.id;
    await settled(emulator.api, projectId);
    await sql(made.connection_uris?.[0]?.connection_uri ?? '', (client) => client.query('SELECT 1'));

    const { data: list } = await neon.listProjects({ search: 'by-axios', limit: 10 });
    expect(list.projects.map(({ id }) => id)).toEqual([projectId]);
    const [operation] = (await neon.listProjectOperations({ projectId })).data.operations;
    expect((await neon.getProjectOperation(projectId, operation?.id ?? '')).data.operation.status).toBe(
      'finished',
    );
    const branches = (await neon.listProjectBranches({ projectId })).data.branches;
    const branchId = branches[0]?.id ?? '';
    expect((await neon.getProjectBranch(projectId, branchId)).data.branch.default).toBe(true);
    const endpointId = (await neon.listProjectEndpoints(projectId)).data.endpoints[0]?.id ?? '';
    expect((await neon.getProjectEndpoint(projectId, endpointId)).data.endpoint.branch_id).toBe(branchId);
    const { uri } = (
      await neon.getConnectionUri({
        projectId,
        database_name: 'neondb',
        role_name: 'neondb_owner',
        pooled: true,
      })
    ).data;
    await sql(uri, (client) => client.query('SELECT 1'));
    expect((await neon.deleteProject(projectId)).data.project.id).toBe(projectId);
  });

  it('creates a branch with a compute and takes it away again', async () => {
    const { data: made } = await neon.createProject({ project: { name: 'branching' } });
    const projectId = made.project.id;
    await settled(emulator.api, projectId);
    const { data } = await neon.createProjectBranch(projectId, {
      branch: { name: 'child' },
      endpoints: [{ type: EndpointType.ReadWrite }],
    });
    await settled(emulator.api, projectId);
    await sql(data.connection_uris?.[0]?.connection_uri ?? '', (client) => client.query('SELECT 1'));
    await neon.deleteProjectBranch({ projectId, branchId: data.branch.id });
    await settled(emulator.api, projectId);
    // What is gone already is answered with 204 and no body.
    expect(await neon.deleteProjectBranch({ projectId, branchId: data.branch.id })).toMatchObject({
      status: 204,
      data: '',
    });
  });

  it('meets the lock at once, since it does not try again', async () => {
    const { data: made } = await neon.createProject({ project: {} });
    const database = { name: 'early', owner_name: 'neondb_owner' };
    const early = neon.createProjectBranchDatabase(made.project.id, made.branch.id, { database });
    await expect(early).rejects.toMatchObject({
      response: { status: 423, data: { code: '', request_id: expect.stringMatching(/./) } },
    });
  });

  it('has said and heard nothing that Neon’s description does not know', () => {
    expect(between.objections).toEqual([]);
  });
});
