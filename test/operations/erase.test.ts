import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runTenantry } from '../support/command-line.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tracesOf } from './traces.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});

afterEach(() => t.emulator.liftFaults());
afterAll(() => t.stop());

const traces = (id: string) => tracesOf(id, t.environment.TENANTRY_CATALOG_URL ?? '');

describe('erasing a tenant', () => {
  it('leaves a tombstone, the event that tells of it and nothing else, and the id is not used again by accident', async () => {
    await t.tenantry.execute.onboard({ id: 'acme' });
    await t.tenantry.execute.offboard('acme', { graceMs: 0 });
    expect(await traces('acme')).toEqual(expect.arrayContaining(['history', 'tenants']));
    const handle = await t.tenantry.start.erase('acme');
    expect(await handle.result()).toMatchObject({ id: 'acme', state: 'none', deletedProjectIds: [] });
    expect((await traces('acme')).sort()).toEqual(['events', 'tombstones']);
    expect(await t.tenantry.history('acme')).toEqual([]);
    expect(await t.tenantry.get('acme')).toBeUndefined();

    for (const bringUp of [
      () => t.tenantry.start.onboard({ id: 'acme' }),
      () => t.tenantry.start.adopt('acme', { projectId: 'some-project' }),
    ])
      await expect(bringUp()).rejects.toMatchObject({
        code: 'TENANT_STATE_CONFLICT',
        state: 'none',
        message: expect.stringMatching(/was erased on .*--reuse-erased/),
      });
    await t.tenantry.execute.onboard({ id: 'acme', reuseErased: true });
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });

    await t.tenantry.execute.offboard('acme', { graceMs: 0 });
    await t.tenantry.execute.erase('acme');
    expect((await traces('acme')).sort()).toEqual(['events', 'tombstones']);
  });

  it('deletes first what Neon still has of a tenant that failed', async () => {
    const refused = await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*' },
      effect: { kind: 'status', status: 422 },
    });
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    await expect(t.tenantry.execute.onboard({ id: 'failed' })).rejects.toThrow();
    const left = await liveProjectsOf(t, 'failed');
    expect(left).toHaveLength(1);
    await refused.lift();
    expect(await t.tenantry.execute.erase('failed')).toMatchObject({ deletedProjectIds: left });
    expect(await liveProjectsOf(t, 'failed')).toEqual([]);
    expect((await traces('failed')).sort()).toEqual(['events', 'tombstones']);
  });

  it('is refused while the tenant has a database', async () => {
    await t.tenantry.execute.onboard({ id: 'kept' });
    await expect(t.tenantry.start.erase('kept')).rejects.toMatchObject({ code: 'TENANT_STATE_CONFLICT' });
    await expect(t.tenantry.start.erase('nobody')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    expect(await t.tenantry.get('kept')).toMatchObject({ state: 'ready' });
  });
});

describe("a tenant's record", () => {
  it('holds all that the catalog knows, of secrets only that there are any, and is printed by a command', async () => {
    await t.tenantry.execute.onboard({ id: 'recorded' });
    const { password } = new URL(await t.tenantry.connectionString('recorded'));
    const record = await t.tenantry.exportRecord('recorded');
    expect(record).toMatchObject({
      format: 'tenantry/tenant-record/1',
      tenant: { id: 'recorded', state: 'ready', adopted: false, failure: null },
      history: [{ operation: 'onboard', event: 'began' }, { event: 'succeeded' }],
      resources: [],
      secrets: [
        { kind: 'app', sealedAt: expect.stringMatching(/Z$/) },
        { kind: 'owner', sealedAt: expect.stringMatching(/Z$/) },
      ],
    });
    expect(JSON.stringify(record)).not.toContain(password);
    const { stdout } = await runTenantry(['export', 'recorded'], t.environment);
    expect(JSON.parse(stdout)).toEqual({ ...record, exportedAt: expect.any(String) });
    await expect(t.tenantry.exportRecord('nobody')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  }, 120_000);
});

describe('tenantry erase', () => {
  it('asks whether it is meant', async () => {
    const { exitCode, stderr } = await runTenantry(['erase', 'acme'], t.environment);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('add --yes') });
  });
});
