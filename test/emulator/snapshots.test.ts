import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { momentOn, numbers, readyProject, settled, write } from './stories.js';
import { eventually, type TestEmulator, testEmulator } from './with-emulator.js';

let neon: TestEmulator;
beforeAll(async () => {
  neon = await testEmulator();
});
// Many data directories are much to remove.
afterAll(() => neon.stop(), 180_000);

async function project() {
  const ready = await readyProject(neon.api);
  await write(ready.uri, 1);
  const path = `/projects/${ready.id}`;
  return { ...ready, path, main: `${path}/branches/${ready.branch}` };
}

async function snapshotOf(of: Awaited<ReturnType<typeof project>>, query = '') {
  const { status, body } = await neon.api('POST', `${of.main}/snapshot${query}`);
  expect(status).toBe(200);
  const operations = await settled(neon.api, of.id);
  expect(operations.filter(({ error }) => error !== undefined)).toEqual([]);
  return body.snapshot.id as string;
}

describe('a snapshot', () => {
  it('holds a branch as it was, is listed, renamed and deleted', async () => {
    const of = await project();
    const id = await snapshotOf(of, '?name=before');
    const { body } = await neon.api('GET', `${of.path}/snapshots`);
    expect(body.snapshots).toMatchObject([{ id, name: 'before', source_branch_id: of.branch, manual: true }]);
    expect(body.snapshots[0].lsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/);
    const renamed = await neon.api('PATCH', `${of.path}/snapshots/${id}`, { snapshot: { name: 'after' } });
    expect(renamed.body.snapshot.name).toBe('after');
    const deleted = await neon.api('DELETE', `${of.path}/snapshots/${id}`);
    expect(deleted.status).toBe(202);
    await settled(neon.api, of.id);
    expect((await neon.api('GET', `${of.path}/snapshots`)).body.snapshots).toEqual([]);
    expect((await neon.api('DELETE', `${of.path}/snapshots/${id}`)).status).toBe(404);
  });

  it('takes the place of its branch at once, and the connection string stays', async () => {
    const of = await project();
    const id = await snapshotOf(of);
    await write(of.uri, 2);
    const { status, body } = await neon.api('POST', `${of.path}/snapshots/${id}/restore`, {
      target_branch_id: of.branch,
      finalize_restore: true,
    });
    expect(status).toBe(200);
    expect(body.branch).toMatchObject({ restored_from: id, restored_as: of.branch });
    expect(body.branch.id).not.toBe(of.branch);
    await settled(neon.api, of.id);
    expect(await numbers(of.uri)).toEqual([1]);
    const { body: list } = await neon.api('GET', `${of.path}/branches`);
    const named = Object.fromEntries(list.branches.map((one: { name: string }) => [one.name, one]));
    expect(named.main).toMatchObject({ id: body.branch.id, default: true, restore_status: 'finalized' });
    expect(named['main (old)']).toMatchObject({ id: of.branch, default: false });
    expect((await neon.api('DELETE', of.main)).status).toBe(200);
    await settled(neon.api, of.id);
    expect(await numbers(of.uri)).toEqual([1]);
  });

  it('can be looked at first, on a branch with a compute of its own, and put in place then', async () => {
    const of = await project();
    const id = await snapshotOf(of);
    await write(of.uri, 2);
    const { body } = await neon.api('POST', `${of.path}/snapshots/${id}/restore`, { name: 'look' });
    await settled(neon.api, of.id);
    const look = new URL(of.uri);
    look.host = body.endpoints[0].host;
    expect(await numbers(look.href)).toEqual([1]);
    expect(await numbers(of.uri)).toEqual([1, 2]);
    await write(look.href, 3);
    const preview = `${of.path}/branches/${body.branch.id}`;
    const finalized = await neon.api('POST', `${preview}/finalize_restore`, { name: 'main_before' });
    expect(finalized.status).toBe(200);
    await settled(neon.api, of.id);
    expect(await numbers(of.uri)).toEqual([1, 3]);
    await expect(numbers(look.href)).rejects.toThrow();
    expect((await neon.api('GET', preview)).body.branch).toMatchObject({ name: 'main', default: true });
    expect((await neon.api('GET', of.main)).body.branch.name).toBe('main_before');
    expect((await neon.api('POST', `${preview}/finalize_restore`)).status).toBe(422);
  });

  it('can be taken of the past', async () => {
    const of = await project();
    const then = await momentOn(of.uri);
    await write(of.uri, 2);
    const byTime = await snapshotOf(of, `?timestamp=${encodeURIComponent(then.timestamp)}`);
    const byPlace = await snapshotOf(of, `?lsn=${encodeURIComponent(then.lsn)}`);
    for (const id of [byTime, byPlace]) {
      const { body } = await neon.api('POST', `${of.path}/snapshots/${id}/restore`, {});
      await settled(neon.api, of.id);
      const uri = new URL(of.uri);
      uri.host = body.endpoints[0].host;
      expect(await numbers(uri.href)).toEqual([1]);
    }
    const both = `?lsn=0/1&timestamp=${encodeURIComponent(then.timestamp)}`;
    expect((await neon.api('POST', `${of.main}/snapshot${both}`)).status).toBe(400);
    expect((await neon.api('POST', `${of.main}/snapshot?timestamp=2020-01-01T00:00:00Z`)).status).toBe(422);
  });

  it('outlives its branch', async () => {
    const of = await project();
    const id = await snapshotOf(of);
    const restored = await neon.api('POST', `${of.path}/snapshots/${id}/restore`, { finalize_restore: true });
    await settled(neon.api, of.id);
    await neon.api('DELETE', `${of.main}?hard_delete=true`);
    await settled(neon.api, of.id);
    const { body } = await neon.api('POST', `${of.path}/snapshots/${id}/restore`, {
      target_branch_id: restored.body.branch.id,
    });
    await settled(neon.api, of.id);
    const uri = new URL(of.uri);
    uri.host = body.endpoints[0].host;
    expect(await numbers(uri.href)).toEqual([1]);
  });

  it('ends when it expires', async () => {
    const of = await project();
    const soon = new Date(Date.now() + 1_500).toISOString();
    await snapshotOf(of, `?expires_at=${soon}`);
    await eventually(
      () => neon.api('GET', `${of.path}/snapshots`),
      ({ body }) => body.snapshots.length === 0,
    );
  });

  it('is for root branches only', async () => {
    const of = await project();
    const { body } = await neon.api('POST', `${of.path}/branches`);
    await settled(neon.api, of.id);
    const child = `${of.path}/branches/${body.branch.id}`;
    expect((await neon.api('POST', `${child}/snapshot`)).status).toBe(422);
    expect((await neon.api('PUT', `${child}/backup_schedule`, { schedule: [] })).status).toBe(422);
  });
});

describe('a backup schedule', () => {
  it('is kept and shown', async () => {
    const of = await project();
    expect((await neon.api('GET', `${of.main}/backup_schedule`)).body).toEqual({ schedule: [] });
    const schedule = [{ frequency: 'daily', hour: 3, retention_seconds: 604_800 }];
    expect((await neon.api('PUT', `${of.main}/backup_schedule`, { schedule })).status).toBe(200);
    expect((await neon.api('GET', `${of.main}/backup_schedule`)).body).toEqual({ schedule });
    const bad = { schedule: [{ frequency: 'sometimes' }] };
    expect((await neon.api('PUT', `${of.main}/backup_schedule`, bad)).status).toBe(400);
  });
});
