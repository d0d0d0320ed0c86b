import { createNeonClient } from '@neon/sdk';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readyProject, settled } from '../stories.js';
import { eventually, sql, type TestEmulator, testEmulator } from '../with-emulator.js';
import { type Witness, witness } from './witness.js';

let emulator: TestEmulator;
let between: Witness;
beforeAll(async () => {
  emulator = await testEmulator({ timings: { startFirstCompute: 150, applyConfig: 100 } });
  between = await witness(emulator.url, '@neon/sdk');
});
afterAll(async () => {
  between.close();
  await emulator.stop();
});
afterEach(() => emulator.control('DELETE', '/faults'));

const sdk = (retries = 2) =>
  createNeonClient({
    apiKey: emulator.apiKey,
    baseUrl: between.url,
    throwOnError: true,
    wait: { pollIntervalMs: 10 },
    retries,
  });

const fault = (match: object, effect: object) => emulator.control('POST', '/faults', { match, effect });

describe('@neon/sdk', () => {
  it('waits for a new project and connects to it', async () => {
    const { project, connectionString } = await sdk().projects.createAndConnect({
      name: 'by-sdk',
      pooled: true,
    });
    expect(project.name).toBe('by-sdk');
    const operations = await settled(emulator.api, project.id);
    expect(operations.map(({ status }) => status)).toEqual(['finished', 'finished']);
    const asked = between.calls.filter((call) => call.startsWith(`GET /projects/${project.id}/operations/`));
    expect(asked.length).toBeGreaterThan(2);
    expect((await sql(connectionString, (client) => client.query('SELECT 1 AS one'))).rows).toEqual([
      { one: 1 },
    ]);
  });

  it('works through branches, roles, databases and endpoints, waiting for each', async () => {
    const neon = sdk();
    const always = { waitForReadiness: true };
    const { id: projectId } = await neon.projects.create({ name: 'thorough' });
    const main = await neon.branches.getDefault({ projectId });
    const { branch, connectionString } = await neon.branches.createAndConnect({ projectId, name: 'child' });
    const child = { projectId, branchId: branch.id };
    await sql(connectionString, (client) => client.query('CREATE TABLE t ()'));

    const role = await neon.postgres.roles.create({ ...child, name: 'writer' }, always);
    const password = await neon.postgres.roles.password({ ...child, roleName: 'writer' });
    expect(password).toBe(role.password);
    await neon.postgres.databases.create({ ...child, name: 'second', owner_name: 'writer' }, always);
    const uri = await neon.postgres.connectionString({
      ...child,
      databaseName: 'second',
      roleName: 'writer',
    });
    await sql(uri, (client) => client.query('CREATE TABLE mine ()'));
    const reset = await neon.postgres.roles.resetPassword({ ...child, roleName: 'writer' }, always);
    await sql(uri.replace(password, reset.password ?? ''), (client) => client.query('SELECT 1'));
    await neon.postgres.databases.update({ ...child, databaseName: 'second', name: 'third' }, always);
    await neon.postgres.databases.delete({ ...child, databaseName: 'third' }, always);
    await neon.postgres.roles.delete({ ...child, roleName: 'writer' }, always);

    const [endpoint] = await neon.postgres.endpoints.listByBranch(child);
    const compute = { projectId, endpointId: endpoint?.id ?? '' };
    await neon.postgres.endpoints.suspend(compute, always);
    expect((await neon.postgres.endpoints.get(compute)).current_state).toBe('idle');
    await neon.postgres.endpoints.start(compute, always);
    await neon.postgres.endpoints.restart(compute, always);
    expect((await neon.postgres.endpoints.get(compute)).current_state).toBe('active');

    await neon.branches.setDefault(child);
    await neon.branches.update({ ...child, name: 'renamed' });
    await neon.branches.setDefault({ projectId, branchId: main.id });
    await neon.branches.delete(child, always);
    expect((await neon.branches.list({ projectId }).all()).map(({ id }) => id)).toEqual([main.id]);
  });

  it('pages through every project, once', async () => {
    for (let count = 0; count < 5; count++)
      await emulator.api('POST', '/projects', { project: { name: 'paged' } });
    const found = await sdk().projects.list({ search: 'paged', limit: 2 }).all();
    expect(new Set(found.map(({ id }) => id)).size).toBe(5);
  });

  it('tries again when it meets a lock, and gives up when it stays', async () => {
    const project = await readyProject(emulator.api);
    const locks = {
      kind: 'status',
      status: 423,
      body: { code: '', message: 'project already has running …' },
    };
    await fault({ method: 'POST', path: '**/databases', times: 2 }, locks);
    const database = { projectId: project.id, branchId: project.branch, owner_name: project.role };
    expect((await sdk().postgres.databases.create({ ...database, name: 'patient' })).name).toBe('patient');
    await settled(emulator.api, project.id);
    await fault({ method: 'POST', path: '**/databases', times: 2 }, locks);
    await expect(sdk(1).postgres.databases.create({ ...database, name: 'hasty' })).rejects.toMatchObject({
      kind: 'api',
      status: 423,
    });
  });

  it('notices an operation that failed', async () => {
    await fault({ method: 'POST', path: '/projects' }, { kind: 'fail-operation', status: 'error' });
    await expect(sdk().projects.create({ name: 'unlucky' })).rejects.toMatchObject({
      kind: 'operation',
      status: 'error',
    });
  });

  it('learns the request id of an error', async () => {
    const failed = sdk().projects.get({ projectId: 'no-such-project-12345678' });
    await expect(failed).rejects.toMatchObject({
      kind: 'not_found',
      status: 404,
      message: 'project not found',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('gets a page that is no JSON where the API cannot answer in time, and the call has taken effect', async () => {
    const html = '<html><title>524: A timeout occurred</title></html>';
    await fault(
      { method: 'POST', path: '/projects' },
      { kind: 'status', status: 524, body: html, apply: true },
    );
    await expect(sdk().projects.create({ name: 'timed-out' })).rejects.toMatchObject({
      kind: 'api',
      status: 524,
    });
    await eventually(
      () => sdk().projects.list({ search: 'timed-out' }).all(),
      (found) => found.length === 1,
    );
  });

  it('takes a lost reply for what it is', async () => {
    await fault({ method: 'POST', path: '/projects' }, { kind: 'drop-after-apply' });
    await expect(sdk().projects.create({ name: 'unheard' })).rejects.toMatchObject({ kind: 'network' });
    expect(await sdk().projects.list({ search: 'unheard' }).all()).toHaveLength(1);
  });

  it('deletes a project and recovers it', async () => {
    const project = await readyProject(emulator.api);
    await sdk().projects.delete({ projectId: project.id });
    await expect(sdk().projects.get({ projectId: project.id })).rejects.toMatchObject({ status: 404 });
    expect((await sdk().projects.recover({ projectId: project.id })).id).toBe(project.id);
    await sdk().projects.update({ projectId: project.id, name: 'back' });
    expect((await sdk().projects.get({ projectId: project.id })).name).toBe('back');
  });

  it('has said and heard nothing that Neon’s description does not know', () => {
    expect(between.objections).toEqual([]);
  });
});
