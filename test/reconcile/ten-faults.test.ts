import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getProject } from '../../neon/projects.js';
import { projectName } from '../../tenancy/naming.js';
import { connects, cutOffAt, ownerOf, quotaOf, readyTenant, setQuota, writes } from '../hands/cut-off.js';
import { NeonConsole } from '../hands/neon-console.js';
import type { ProjectRecord } from '../support/emulator.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { asItStands, found, inCatalog, lateProject, passDays, strangersProject } from './support.js';

let t: TestTenantry;
let neon: NeonConsole;
const connections = new Map<string, string>();
const late = { double: '', unwanted: '' };
const strangers: string[] = [];

const tenants = [
  'deleted',
  'raised',
  'shut',
  'enlarged',
  'no-compute',
  'no-login',
  'schema',
  'dead',
  'woken',
  'visited',
  'bystander',
] as const;

async function projectOf(id: string): Promise<ProjectRecord> {
  const projectId = (await t.tenantry.get(id))?.projectId;
  const project = (await t.emulator.records()).find((one) => one.id === projectId);
  if (project === undefined) throw new Error(`tenant ${id} has no project`);
  return project;
}

const asOwner = async (id: string, sql: string) =>
  withClient(await ownerOf(t, id), (client) => client.query(sql));

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      plans: { free: { region: 'aws-us-east-1', compute: { maxCu: 0.5, suspendAfterSeconds: 600 } } },
      timings: { ...quickTimings, sweep: 1_000, createGrace: 300, createLook: 3_600_000, reconcileAge: 1 },
    },
  });
  neon = new NeonConsole(t.emulator);
  await t.writeMigration('0001_first.sql', 'create table first (text text);\n');
  await t.startWorker();
  late.double = await lateProject(t, 'double', 'a tenant');
  late.unwanted = await lateProject(t, 'unwanted', 'nobody');
  for (const id of tenants) connections.set(id, await readyTenant(t, id));

  // What somebody, or the world, did behind the catalog's back.
  await neon.deleteProject(await projectOf('deleted'));
  await setQuota(t, 'raised', { logical_size_bytes: 7_000_000_000 });
  await neon.zeroQuota(await projectOf('shut'));
  await neon.enlargeCompute(await projectOf('enlarged'));
  await neon.deleteCompute(await projectOf('no-compute'));
  const login = decodeURIComponent(new URL(connections.get('no-login') ?? '').username);
  await asOwner('no-login', `alter role ${login} nologin`);
  await inCatalog(t, "update tenantry.tenants set schema_version = '0009_never' where id = 'schema'");
  await cutOffAt(t, 'dead', { method: 'POST', path: '/projects/*/branches/*/snapshot' }, () =>
    t.tenantry.start.snapshot('dead', { name: 'one' }),
  );
  await t.tenantry.execute.suspend('woken');
  await setQuota(t, 'woken', {});
  await asOwner('visited', 'create role stranger login; grant connect on database app to stranger');
  const exactly = (await projectOf('bystander')).name;
  const alike = projectName(t.fleet.name, tenantIdOf('bystander'), 'another installation');
  for (const name of [exactly, alike, 'shop']) strangers.push(await strangersProject(t, name));
}, 120_000);

afterAll(() => t.stop());

const expected = () =>
  [
    'double double',
    'orphan unwanted',
    'missing deleted',
    'plan raised',
    'shut-out shut',
    'plan enlarged',
    'no-compute no-compute',
    'roles no-login',
    'schema schema',
    'dead-run dead',
    'open woken',
    'stranger visited',
    `unclaimed ${strangers[0]}`,
    `unclaimed ${strangers[1]}`,
  ].sort();

describe('a fleet with eleven faults, one that only a person can judge, and projects of somebody else’s', () => {
  it('is told of all, and nothing is changed, where that was not asked for', async () => {
    const before = (await t.emulator.calls()).length;
    await t.tenantry.reconcile.run();
    expect(await found(t)).toEqual(expected());
    const changes = (await t.emulator.calls()).slice(before).filter(({ method }) => method !== 'GET');
    expect(changes).toEqual([]);
    const listed = (await t.tenantry.attention()).filter(({ kind }) => kind === 'difference');
    expect(listed).toContainEqual(expect.objectContaining({ tenantId: 'raised', command: 'repair raised' }));
  });

  it('is mended where it was, and nothing else is touched', async () => {
    const aside = async () => ({
      strangers: await Promise.all(strangers.map((id) => asItStands(t, id))),
      bystander: await asItStands(t, (await projectOf('bystander')).id),
    });
    const [untouched, untold] = [await aside(), await t.tenantry.history('bystander')];
    await t.tenantry.reconcile.run({ apply: true, wake: true });
    const left = (await t.tenantry.reconcile.findings()).filter(({ outcome }) => outcome !== 'mended');
    expect(left.map(({ kind, outcome, trouble }) => [kind, outcome, trouble])).toEqual(
      ['unclaimed', 'unclaimed', 'stranger'].map((kind) => [kind, undefined, undefined]).sort(),
    );
    expect(await aside()).toEqual(untouched);
    expect(await t.tenantry.history('bystander')).toEqual(untold);

    for (const id of ['deleted', 'raised', 'shut', 'enlarged', 'no-login', 'schema', 'dead'])
      expect([id, await writes(connections.get(id) ?? '')]).toEqual([id, true]);
    expect(await writes(await t.tenantry.connectionString('no-compute'))).toBe(true);
    expect(await quotaOf(t, 'raised')).toMatchObject({ logical_size_bytes: 0 });
    expect((await t.tenantry.get('schema'))?.schemaVersion).toBe('0001_first');
    expect((await t.tenantry.get('dead'))?.state).toBe('ready');
    expect((await t.tenantry.get('woken'))?.state).toBe('suspended');
    expect(await connects(connections.get('woken') ?? '')).toBe(false);
  });

  it('has nothing left to be mended the next time, and what is to go waits in quarantine', async () => {
    await t.tenantry.reconcile.run({ apply: true });
    expect(await found(t)).toEqual(
      [
        'quarantined double',
        'quarantined unwanted',
        'stranger visited',
        `unclaimed ${strangers[0]}`,
        `unclaimed ${strangers[1]}`,
      ].sort(),
    );
    for (const projectId of Object.values(late)) {
      const record = (await t.emulator.records()).find(({ id }) => id === projectId);
      expect(record).toMatchObject({ deleted_at: null });
      expect(record?.exceeded_quota).not.toBeNull();
      expect(record?.branches.map(({ compute }) => compute)).toEqual(['stopped']);
    }
  });

  it('has them deleted when their time is up, and recovered where somebody wants one back', async () => {
    await passDays(t, 8);
    await t.tenantry.reconcile.run({ apply: true });
    const live = async () => new Set((await t.emulator.liveProjects()).map(({ id }) => id));
    expect([(await live()).has(late.double), (await live()).has(late.unwanted)]).toEqual([false, false]);
    await t.tenantry.reconcile.release(late.double);
    expect((await live()).has(late.double)).toBe(true);
    expect((await getProject(t.neon, late.double)).settings?.quota).toMatchObject({ active_time_seconds: 0 });
    await passDays(t, 100);
    await t.tenantry.reconcile.run({ apply: true });
    expect((await live()).has(late.double)).toBe(true);
    expect(await found(t)).toEqual(
      ['stranger visited', `unclaimed ${strangers[0]}`, `unclaimed ${strangers[1]}`].sort(),
    );
    expect(await connects(await t.tenantry.connectionString('double'))).toBe(true);
  });
});
