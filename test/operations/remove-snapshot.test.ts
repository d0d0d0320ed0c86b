import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteProject } from '../../neon/projects.js';
import { deleteSnapshot, listSnapshots } from '../../neon/snapshots.js';
import { more } from '../support/long-form.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

const projectOf = async (t: TestTenantry, id: string) => (await t.tenantry.get(id))?.projectId ?? '';
const namesAtNeon = async (t: TestTenantry, id: string) =>
  (await listSnapshots(t.neon, await projectOf(t, id))).map(({ name }) => name);
const noted = async (t: TestTenantry, id: string) =>
  (await t.tenantry.history(id))
    .filter(({ operation, event }) => operation === 'snapshot' && event === 'noted')
    .map(({ state, detail }) => ({ state, detail }));

/** A tenant with a snapshot `first`. */
async function tenantWithSnapshot(t: TestTenantry, id: string): Promise<void> {
  await t.tenantry.execute.onboard({ id });
  await t.tenantry.execute.snapshot(id, { name: 'first' });
}

describe('a snapshot that is to go', () => {
  let t: TestTenantry;

  beforeAll(async () => {
    t = await startTenantry();
    await t.startWorker();
  });

  afterAll(() => t.stop());

  it('is deleted at Neon and forgotten, alone, and its name is free', async () => {
    await tenantWithSnapshot(t, 'acme');
    await t.tenantry.execute.snapshot('acme', { name: 'second' });
    await t.tenantry.removeSnapshot('acme', 'first');
    expect(await namesAtNeon(t, 'acme')).toEqual(['second']);
    expect((await t.tenantry.snapshots('acme')).map(({ name }) => name)).toEqual(['second']);
    expect(await noted(t, 'acme')).toEqual([
      { state: 'ready', detail: { snapshot: 'first', removed: 'asked' } },
    ]);
    await expect(t.tenantry.removeSnapshot('acme', 'first')).rejects.toMatchObject({
      code: 'SNAPSHOT_NOT_FOUND',
    });
    await t.tenantry.execute.snapshot('acme', { name: 'first' });
  });

  more('is deleted once, though it is asked for twice at once', async () => {
    await tenantWithSnapshot(t, 'twice');
    await Promise.all([1, 2].map(() => t.tenantry.removeSnapshot('twice', 'first')));
    expect(await namesAtNeon(t, 'twice')).toEqual([]);
    expect(await noted(t, 'twice')).toHaveLength(1);
  });

  more('goes while the tenant is suspended, and leaves it so', async () => {
    await tenantWithSnapshot(t, 'asleep');
    await t.tenantry.execute.suspend('asleep');
    await t.tenantry.removeSnapshot('asleep', 'first');
    expect(await namesAtNeon(t, 'asleep')).toEqual([]);
    expect(await t.tenantry.get('asleep')).toMatchObject({ state: 'suspended' });
  });

  more('goes though somebody renamed it at Neon', async () => {
    await tenantWithSnapshot(t, 'renamed');
    const projectId = await projectOf(t, 'renamed');
    const [snapshot] = await listSnapshots(t.neon, projectId);
    const reply = await fetch(`${t.emulator.url}/projects/${projectId}/snapshots/${snapshot?.id}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${t.emulator.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ snapshot: { name: 'of-mine' } }),
    });
    expect(reply.status).toBe(200);
    await t.tenantry.removeSnapshot('renamed', 'first');
    expect(await namesAtNeon(t, 'renamed')).toEqual([]);
  });

  it('is deleted again where Neon failed to', async () => {
    await tenantWithSnapshot(t, 'again');
    await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*/snapshots/*' },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    await t.tenantry.removeSnapshot('again', 'first');
    expect(await namesAtNeon(t, 'again')).toEqual([]);
    expect(await t.tenantry.snapshots('again')).toEqual([]);
  });

  it('is forgotten where it, or the whole project, is gone at Neon already', async () => {
    await tenantWithSnapshot(t, 'gone');
    await t.tenantry.execute.snapshot('gone', { name: 'second' });
    const projectId = await projectOf(t, 'gone');
    const first = (await listSnapshots(t.neon, projectId)).find(({ name }) => name === 'first');
    await deleteSnapshot(t.neon, { projectId, snapshotId: first?.id ?? '' });
    await t.tenantry.removeSnapshot('gone', 'first');
    await deleteProject(t.neon, projectId);
    await t.tenantry.removeSnapshot('gone', 'second');
    expect(await t.tenantry.snapshots('gone')).toEqual([]);
  });
});

more('a snapshot goes once, though a worker was killed after Neon had begun to delete it', async () => {
  const t = await startTenantry();
  try {
    const first = await startKillableWorker(t);
    await tenantWithSnapshot(t, 'acme');
    const fault = await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*/snapshots/*' },
      effect: { kind: 'hold-after-apply' },
    });
    const removal = t.tenantry.removeSnapshot('acme', 'first');
    await fault.struck();
    await first.stop('SIGKILL');
    await fault.lift();
    const second = await startKillableWorker(t);
    await removal;
    expect(await namesAtNeon(t, 'acme')).toEqual([]);
    expect(await t.tenantry.snapshots('acme')).toEqual([]);
    expect(await noted(t, 'acme')).toHaveLength(1);
    await second.stop();
  } finally {
    await t.stop();
  }
});
