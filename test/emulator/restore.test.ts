import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { momentOn, numbers, readyProject, settled, write } from './stories.js';
import { sql, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
// Many data directories are much to remove.
afterAll(() => neon.stop(), 180_000);

async function spoiltProject() {
  const project = await readyProject(neon.api);
  await write(project.uri, 1);
  const good = await momentOn(project.uri);
  await write(project.uri, 666);
  const path = `/projects/${project.id}/branches`;
  return { ...project, good, path, main: `${path}/${project.branch}` };
}

async function branchNamed(path: string, name: string) {
  const { body } = await neon.api('GET', `${path}?search=${name}`);
  return body.branches[0];
}

describe('a restore', () => {
  it('takes a branch back in its own history, under the same connection string, and keeps what was', async () => {
    const project = await spoiltProject();
    const { status, body } = await neon.api('POST', `${project.main}/restore`, {
      source_branch_id: project.branch,
      source_timestamp: project.good.timestamp,
      preserve_under_name: 'main_old',
    });
    expect(status).toBe(200);
    expect(body.branch).toMatchObject({
      id: project.branch,
      name: 'main',
      current_state: 'resetting',
      pending_state: 'ready',
    });
    const operations = await settled(neon.api, project.id);
    expect(operations.slice(0, 3).map(({ action, status }) => [action, status])).toEqual([
      ['start_compute', 'finished'],
      ['create_branch', 'finished'],
      ['suspend_compute', 'finished'],
    ]);
    expect(await numbers(project.uri)).toEqual([1]);
    await write(project.uri, 2);
    expect(await numbers(project.uri)).toEqual([1, 2]);
    const restored = (await neon.api('GET', project.main)).body.branch;
    expect(restored).toMatchObject({ current_state: 'ready', default: true });
    expect(restored.last_reset_at).toBeDefined();
    expect(restored).not.toHaveProperty('parent_id');

    const kept = await branchNamed(project.path, 'main_old');
    const { body: created } = await neon.api('POST', `/projects/${project.id}/endpoints`, {
      endpoint: { branch_id: kept.id, type: 'read_write' },
    });
    await settled(neon.api, project.id);
    const uri = new URL(project.uri);
    uri.host = created.endpoint.host;
    expect(await numbers(uri.href)).toEqual([1, 666]);
    expect((await neon.api('DELETE', `${project.path}/${kept.id}`)).status).toBe(200);
  });

  it('can be undone, and the past of what was kept is still there', async () => {
    const project = await spoiltProject();
    await neon.api('POST', `${project.main}/restore`, {
      source_branch_id: project.branch,
      source_lsn: project.good.lsn,
      preserve_under_name: 'spoilt',
    });
    await settled(neon.api, project.id);
    const kept = await branchNamed(project.path, 'spoilt');
    const past = await neon.api('POST', project.path, {
      branch: { parent_id: kept.id, parent_lsn: project.good.lsn },
      endpoints: [{ type: 'read_write' }],
    });
    await settled(neon.api, project.id);
    expect(await numbers(past.body.connection_uris[0].connection_uri)).toEqual([1]);
    await neon.api('POST', `${project.main}/restore`, { source_branch_id: kept.id });
    await settled(neon.api, project.id);
    expect(await numbers(project.uri)).toEqual([1, 666]);
  });

  it('gives a child the head of its parent, and keeps nothing when nothing is to be kept', async () => {
    const project = await spoiltProject();
    const { body } = await neon.api('POST', project.path, {
      branch: { name: 'dev' },
      endpoints: [{ type: 'read_write' }],
    });
    await settled(neon.api, project.id);
    const { id } = body.branch;
    const uri = body.connection_uris[0].connection_uri as string;
    await write(uri, 5);
    await write(project.uri, 7);
    const port = new URL(uri).port;
    const reset = await neon.api('POST', `${project.path}/${id}/restore`, {
      source_branch_id: project.branch,
    });
    expect(reset.status).toBe(200);
    await settled(neon.api, project.id);
    expect(await numbers(uri)).toEqual([1, 7, 666]);
    const { body: list } = await neon.api('GET', project.path);
    expect(list.branches).toHaveLength(2);
    expect((await branchNamed(project.path, 'dev')).parent_id).toBe(project.branch);
    const { body: endpoints } = await neon.api('GET', `${project.path}/${id}/endpoints`);
    expect(endpoints.endpoints[0].host).toContain(`:${port}`);
  });

  it('moves the children to the branch that is kept', async () => {
    const project = await spoiltProject();
    await neon.api('POST', project.path, { branch: { name: 'child' } });
    await settled(neon.api, project.id);
    const other = await neon.api('POST', project.path, {
      branch: { init_source: 'schema-only', name: 'other' },
    });
    await settled(neon.api, project.id);
    const from = { source_branch_id: other.body.branch.id };
    expect((await neon.api('POST', `${project.main}/restore`, from)).status).toBe(400);
    const kept = { ...from, preserve_under_name: 'before' };
    expect((await neon.api('POST', `${project.main}/restore`, kept)).status).toBe(200);
    await settled(neon.api, project.id);
    const before = await branchNamed(project.path, 'before');
    expect((await branchNamed(project.path, 'child')).parent_id).toBe(before.id);
    expect(await numbers(project.uri)).toEqual([]);
  });

  it('is refused when it says too little or goes nowhere', async () => {
    const project = await spoiltProject();
    const restore = (body: Record<string, unknown>) => neon.api('POST', `${project.main}/restore`, body);
    const self = { source_branch_id: project.branch };
    const at = { source_lsn: project.good.lsn };
    expect((await restore({})).status).toBe(400);
    expect((await restore(self)).status).toBe(400);
    expect((await restore({ ...self, ...at })).status).toBe(400);
    expect((await restore({ ...self, ...at, preserve_under_name: 'main' })).status).toBe(409);
    expect((await restore({ source_branch_id: 'br-no-where-12345678' })).status).toBe(404);
    const long = { source_timestamp: '2020-01-01T00:00:00Z', preserve_under_name: 'x' };
    expect((await restore({ ...self, ...long })).status).toBe(422);
    await neon.api('PATCH', project.main, { branch: { protected: true } });
    expect((await restore({ ...self, ...at, preserve_under_name: 'x' })).status).toBe(422);
    expect(await numbers(project.uri)).toEqual([1, 666]);
  });

  it('that fails leaves the branch as it was', async () => {
    const project = await spoiltProject();
    await neon.api('POST', project.path, { branch: { name: 'child' } });
    await settled(neon.api, project.id);
    await neon.control('POST', '/faults', {
      match: { method: 'POST', path: '/projects/*/branches/*/restore' },
      effect: { kind: 'fail-operation', status: 'error', action: 'create_branch' },
    });
    await neon.api('POST', `${project.main}/restore`, {
      source_branch_id: project.branch,
      source_lsn: project.good.lsn,
      preserve_under_name: 'never',
    });
    await settled(neon.api, project.id);
    expect(await branchNamed(project.path, 'never')).toBeUndefined();
    expect((await branchNamed(project.path, 'child')).parent_id).toBe(project.branch);
    expect((await neon.api('GET', project.main)).body.branch.current_state).toBe('ready');
    expect(await numbers(project.uri)).toEqual([1, 666]);
    await sql(project.uri, (client) => client.query('DROP TABLE notes'));
  });
});
