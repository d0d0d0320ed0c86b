import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numbers, readyProject, settled, write } from './stories.js';
import { eventually, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator({ timings: { recoveryWindow: 20_000 } });
});
// Many data directories are much to remove.
afterAll(() => neon.stop(), 180_000);

async function projectWithBranch(branch: Record<string, unknown> = {}) {
  const project = await readyProject(neon.api);
  const path = `/projects/${project.id}/branches`;
  const { body } = await neon.api('POST', path, { branch, endpoints: [{ type: 'read_write' }] });
  await settled(neon.api, project.id);
  return {
    ...project,
    path,
    child: `${path}/${body.branch.id}`,
    childId: body.branch.id as string,
    childUri: body.connection_uris[0].connection_uri as string,
  };
}

const inSeconds = (seconds: number) => `${new Date(Date.now() + seconds * 1000).toISOString().slice(0, 19)}Z`;

describe('a deleted branch', () => {
  it('comes back with its data and its connection string', async () => {
    const project = await projectWithBranch({ name: 'regretted' });
    await write(project.childUri, 1);
    await neon.api('DELETE', project.child);
    await settled(neon.api, project.id);
    expect((await neon.api('GET', project.child)).status).toBe(404);
    expect((await neon.api('GET', project.path)).body.branches).toHaveLength(1);
    await expect(numbers(project.childUri)).rejects.toThrow();
    const { body: all } = await neon.api('GET', `${project.path}?include_deleted=true`);
    expect(all.branches.find(({ id }: { id: string }) => id === project.childId)).toMatchObject({
      name: 'regretted',
      recovery: { deletion_method: 'user' },
    });

    const recovered = await neon.api('POST', `${project.child}/recover`);
    expect(recovered).toMatchObject({ status: 200, body: { endpoints: [{ current_state: 'idle' }] } });
    expect(await numbers(project.childUri)).toEqual([1]);
    expect((await neon.api('POST', `${project.child}/recover`)).status).toBe(404);
  });

  it('is gone at once when it is deleted hard', async () => {
    const project = await projectWithBranch();
    await neon.api('DELETE', `${project.child}?hard_delete=true`);
    await settled(neon.api, project.id);
    expect((await neon.api('POST', `${project.child}/recover`)).status).toBe(404);
    const { body } = await neon.api('GET', `${project.path}?include_deleted=true`);
    expect(body.branches).toHaveLength(1);
  });

  it('is still there when its deletion has failed, and can be deleted again', async () => {
    const project = await projectWithBranch();
    await write(project.childUri, 1);
    await neon.control('POST', '/faults', {
      match: { method: 'DELETE', path: '/projects/*/branches/*' },
      effect: { kind: 'fail-operation', status: 'error', action: 'delete_timeline' },
    });
    await neon.api('DELETE', project.child);
    await settled(neon.api, project.id);
    expect(await numbers(project.childUri)).toEqual([1]);
    expect((await neon.api('DELETE', project.child)).status).toBe(200);
    await settled(neon.api, project.id);
    expect((await neon.api('GET', project.child)).status).toBe(404);
  });

  it('does not come back under a name that has been taken', async () => {
    const project = await projectWithBranch({ name: 'wanted' });
    await neon.api('DELETE', project.child);
    await settled(neon.api, project.id);
    await neon.api('POST', project.path, { branch: { name: 'wanted' } });
    await settled(neon.api, project.id);
    expect((await neon.api('POST', `${project.child}/recover`)).status).toBe(409);
  });

  it('is not the default, a protected one, or one with children', async () => {
    const project = await projectWithBranch();
    const grandchild = await neon.api('POST', project.path, { branch: { parent_id: project.childId } });
    await settled(neon.api, project.id);
    expect((await neon.api('DELETE', project.child)).status).toBe(422);
    await neon.api('DELETE', `${project.path}/${grandchild.body.branch.id}`);
    await settled(neon.api, project.id);
    await neon.api('POST', `${project.child}/set_as_default`);
    expect((await neon.api('DELETE', project.child)).status).toBe(422);
    await neon.api('POST', `${project.path}/${project.branch}/set_as_default`);
    await neon.api('PATCH', project.child, { branch: { protected: true } });
    expect((await neon.api('DELETE', project.child)).status).toBe(422);
    await neon.api('PATCH', project.child, { branch: { protected: false } });
    expect((await neon.api('DELETE', project.child)).status).toBe(200);
  });
});

describe('a branch that expires', () => {
  it('is deleted when it is due, and can be recovered for good', async () => {
    const project = await projectWithBranch({ expires_at: inSeconds(6) });
    const { body } = await neon.api('GET', project.child);
    expect(body.branch.expires_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(body.branch.ttl_interval_seconds).toBeGreaterThan(0);
    await eventually(
      () => neon.api('GET', project.child),
      ({ status }) => status === 404,
    );
    const { body: all } = await neon.api('GET', `${project.path}?include_deleted=true`);
    expect(all.branches.find(({ id }: { id: string }) => id === project.childId).recovery).toMatchObject({
      deletion_method: 'ttl',
    });
    const recovered = await neon.api('POST', `${project.child}/recover`);
    expect(recovered.status).toBe(200);
    expect(recovered.body.branch).not.toHaveProperty('expires_at');
  });

  it('is nothing that others rely on', async () => {
    const project = await projectWithBranch({ expires_at: inSeconds(3600) });
    const change = (path: string, branch: Record<string, unknown>) => neon.api('PATCH', path, { branch });
    const main = `${project.path}/${project.branch}`;
    expect((await change(main, { expires_at: inSeconds(60) })).status).toBe(422);
    expect((await change(project.child, { protected: true })).status).toBe(422);
    expect((await neon.api('POST', `${project.child}/set_as_default`)).status).toBe(422);
    const ofIt = await neon.api('POST', project.path, { branch: { parent_id: project.childId } });
    expect(ofIt.status).toBe(422);
    expect((await change(project.child, { expires_at: inSeconds(-60) })).status).toBe(400);
    expect((await change(project.child, { expires_at: inSeconds(31 * 86_400) })).status).toBe(400);
    const freed = await change(project.child, { expires_at: null });
    expect(freed.body.branch).not.toHaveProperty('expires_at');
    expect((await change(project.child, { protected: true })).status).toBe(200);
  });
});
