import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

/** A tenant with a past and no project. */
async function offboardedTenant(): Promise<void> {
  await t.tenantry.execute.onboard({ id: 'acme' });
  await t.tenantry.execute.offboard('acme', { graceMs: 0 });
}

const inCatalog = <T>(work: (query: (sql: string) => Promise<{ rows: unknown[] }>) => Promise<T>) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => work((sql) => client.query(sql)));

/** Where in the catalog the tenant is still spoken of. */
const traces = () =>
  inCatalog(async (query) => {
    const found: string[] = [];
    const { rows } = await query(
      "select table_name as name from information_schema.columns where table_schema = 'tenantry' and column_name = 'tenant_id'",
    );
    for (const { name } of [...(rows as { name: string }[])])
      if ((await query(`select from tenantry.${name} where tenant_id = 'acme'`)).rows.length > 0)
        found.push(name);
    if ((await query("select from tenantry.tenants where id = 'acme'")).rows.length > 0)
      found.push('tenants');
    return found;
  });

describe('erasing a tenant', () => {
  it('leaves a tombstone and nothing else, and the id is not used again by accident', async () => {
    await t.startWorker();
    await offboardedTenant();
    expect(await traces()).toEqual(expect.arrayContaining(['history', 'tenants']));
    const handle = await t.tenantry.start.erase('acme');
    expect(await handle.result()).toMatchObject({ id: 'acme', state: 'none', deletedProjectIds: [] });
    expect(await traces()).toEqual(['tombstones']);
    expect(await t.tenantry.history('acme')).toEqual([]);
    expect(await t.tenantry.get('acme')).toBeUndefined();

    const reason = {
      type: 'TenantStateConflict',
      message: expect.stringMatching(/was erased on .*--reuse-erased/),
    };
    await expect(t.tenantry.execute.onboard({ id: 'acme' })).rejects.toMatchObject({
      reason,
    });
    await expect(t.tenantry.execute.adopt('acme', { projectId: 'some-project' })).rejects.toMatchObject({
      reason,
    });
    await t.tenantry.execute.onboard({ id: 'acme', reuseErased: true });
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });

    await t.tenantry.execute.offboard('acme', { graceMs: 0 });
    await t.tenantry.execute.erase('acme');
    expect(await traces()).toEqual(['tombstones']);
  });

  it('deletes first what Neon still has of a tenant that failed', async () => {
    const refused = await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*' },
      effect: { kind: 'status', status: 422 },
    });
    await t.writeMigration('1_bad.sql', 'select no_such_thing;');
    await t.startWorker();
    await expect(t.tenantry.execute.onboard({ id: 'acme' })).rejects.toThrow();
    const [left] = await t.emulator.liveProjects();
    expect(left).toBeDefined();
    await refused.lift();
    expect(await t.tenantry.execute.erase('acme')).toMatchObject({ deletedProjectIds: [left?.id] });
    expect(await t.emulator.liveProjects()).toEqual([]);
    expect(await traces()).toEqual(['tombstones']);
  });

  it('is refused while the tenant has a database', async () => {
    await t.startWorker();
    await t.tenantry.execute.onboard({ id: 'acme' });
    await expect(t.tenantry.start.erase('acme')).rejects.toMatchObject({ code: 'TENANT_STATE_CONFLICT' });
    await expect(t.tenantry.start.erase('nobody')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready' });
  });

  it('goes on where a worker was killed in the middle', async () => {
    const first = await startKillableWorker(t);
    await offboardedTenant();
    const handle = await inCatalog(async (query) => {
      await query('begin; lock table tenantry.tombstones in access exclusive mode');
      const erasing = await t.tenantry.start.erase('acme');
      await eventually('the tombstone waits for the lock', async () => {
        const { rows } = await query(
          "select from pg_locks where relation = 'tenantry.tombstones'::regclass and not granted",
        );
        return rows.length > 0;
      });
      await first.stop('SIGKILL');
      await query('commit');
      return erasing;
    });
    const second = await startKillableWorker(t);
    expect(await handle.result()).toMatchObject({ state: 'none' });
    expect(await traces()).toEqual(['tombstones']);
    await second.stop();
  });
});

describe("a tenant's record", () => {
  it('holds all that the catalog knows, of secrets only that there are any, and is printed by a command', async () => {
    await t.startWorker();
    await t.tenantry.execute.onboard({ id: 'acme' });
    const { password } = new URL(await t.tenantry.connectionString('acme'));
    const record = await t.tenantry.exportRecord('acme');
    expect(record).toMatchObject({
      format: 'tenantry/tenant-record/1',
      tenant: { id: 'acme', state: 'ready', adopted: false, failure: null },
      history: [{ operation: 'onboard', event: 'began' }, { event: 'succeeded' }],
      resources: [],
      secrets: [
        { kind: 'app', sealedAt: expect.stringMatching(/Z$/) },
        { kind: 'owner', sealedAt: expect.stringMatching(/Z$/) },
      ],
    });
    expect(JSON.stringify(record)).not.toContain(password);
    const { stdout } = await runTenantry(['export', 'acme'], t.environment);
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
