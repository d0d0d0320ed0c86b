import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appGroupName } from '../../tenancy/naming.js';
import { createExistingProject } from '../support/existing-project.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { attempts, expectAllRefused, schema } from './attempts.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, rotationOverlap: 100 } } });
  await t.writeMigration('0001_notes.sql', schema);
  await t.startWorker();
});

afterAll(() => t.stop());

async function attackOf(id: string) {
  const tenant = await t.tenantry.get(id);
  const key = { fleet: t.fleet.name, id: tenantIdOf(id) };
  const record = await t.catalog.tenants.get(key);
  expect(tenant?.state).toBe('ready');
  return {
    connection: await t.tenantry.connectionString(id),
    group: appGroupName(key.id),
    owner: record?.ownerRole ?? '',
    database: record?.databaseName ?? '',
  };
}

const expectLimited = async (id = 'acme') => expectAllRefused(await attackOf(id));

describe('the role of a tenant is refused all that it should be', () => {
  it('in at least 35 attempts', () => {
    expect(Object.keys(attempts).length).toBeGreaterThanOrEqual(35);
  });

  it('after its onboarding', async () => {
    await t.tenantry.execute.onboard({ id: 'acme' });
    await expectLimited();
  });

  it('after a rotation, and a rotation at once', async () => {
    await t.tenantry.execute.rotateCredentials('acme');
    await expectLimited();
    await t.tenantry.execute.rotateCredentials('acme', { now: true });
    await expectLimited();
  });

  it('after a change of its plan', async () => {
    await t.tenantry.execute.changePlan('acme', { plan: 'pro' });
    await expectLimited();
  });

  it('after it was suspended and resumed, and gets in not at all meanwhile', async () => {
    const { connection } = await attackOf('acme');
    await t.tenantry.execute.suspend('acme');
    await expect(withClient(connection, async () => {})).rejects.toThrow();
    await t.tenantry.execute.resume('acme');
    await expectLimited();
  });

  it('after a snapshot, and after it was restored', async () => {
    await t.tenantry.execute.snapshot('acme', { name: 'before' });
    await expectLimited();
    await t.tenantry.execute.restore('acme', { to: { snapshot: 'before' } });
    await expectLimited();
  });

  it('after a copy of its database, on the copy too', async () => {
    await t.tenantry.execute.branch('acme', { name: 'support' });
    await expectLimited();
    const copy = await t.tenantry.branchConnectionString('acme', 'support');
    await expectAllRefused({ ...(await attackOf('acme')), connection: copy });
  });

  more('after a move, and after it was undone', async () => {
    await t.tenantry.execute.move('acme');
    await expectLimited();
    await t.tenantry.execute.undoMove('acme');
    await expectLimited();
  });

  it('after an offboarding that was undone', async () => {
    const handle = await t.tenantry.start.offboard('acme', { graceMs: 600_000 });
    await t.tenantry.start.undoOffboarding('acme');
    await handle.result();
    await expectLimited();
  });

  it('after an adoption', async () => {
    const { project } = await createExistingProject(t);
    await t.tenantry.execute.adopt('shop', { projectId: project.id, migrate: true });
    await expectLimited('shop');
  });
});
