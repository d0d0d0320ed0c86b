import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listBranches } from '../../neon/branches.js';
import { deleteProject } from '../../neon/projects.js';
import { resetRolePassword } from '../../neon/roles.js';
import { atStep } from '../operations/moving.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { atRest, connects, cutOffAt, ownerOf, readyTenant, setQuota, terminate } from './cut-off.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, databaseDeadline: 1_000 } } });
  await t.startWorker();
});

afterAll(() => t.stop());

const projectOf = async (id: string) => (await t.tenantry.get(id))?.projectId ?? '';

/** What somebody does by hand before the tenant is to go. */
const hands: readonly (readonly [string, string, (id: string) => Promise<unknown>])[] = [
  ['whose project was deleted at Neon', 'gone', async (id) => deleteProject(t.neon, await projectOf(id))],
  ["whose owner's password was reset at Neon", 'reset', resetOwner],
  ['whose quota is used up', 'used-up', useUp],
  ['whose Postgres refuses every connection', 'mute', refuseConnections],
];

async function resetOwner(id: string): Promise<void> {
  const projectId = await projectOf(id);
  const branchId = (await listBranches(t.neon, projectId)).find((branch) => branch.default)?.id ?? '';
  await resetRolePassword(t.neon, { projectId, branchId, role: 'app_owner' });
  await atRest(t, id);
  expect(await connects(await ownerOf(t, id))).toBe(false);
}

async function useUp(id: string): Promise<void> {
  await setQuota(t, id, { active_time_seconds: 1 });
  await eventually('the quota keeps it out', async () => !(await connects(await ownerOf(t, id))));
}

async function refuseConnections(id: string) {
  return t.emulator.addFault({
    match: { project_id: await projectOf(id), times: 1_000_000 },
    effect: { kind: 'connection-refuse' },
  });
}

describe.each(hands)('a tenant %s', (_, id, byHand) => {
  beforeEach(() => readyTenant(t, id));

  it('is offboarded, and erased', async () => {
    await byHand(id);
    const offboarded = await t.tenantry.execute.offboard(id, { graceMs: 1 });
    expect(offboarded).toMatchObject({ undone: false, state: 'offboarded' });
    expect(await t.tenantry.execute.erase(id)).toMatchObject({ state: 'none' });
    expect(await t.tenantry.get(id)).toBeUndefined();
    expect((await t.emulator.liveProjects()).filter(({ name }) => name.includes(`-${id}-`))).toEqual([]);
  });
});

describe('an offboarding that was cut off in its grace', () => {
  it('goes on when it is asked for again, with the export that is wanted', async () => {
    const connection = await readyTenant(t, 'cut-off');
    const asked = { export: true } as const;
    const handle = await t.tenantry.start.offboard('cut-off', { ...asked, graceMs: 600_000 });
    await atStep(t, handle, 'wait out the grace');
    await terminate(t, 'cut-off');
    const again = await t.tenantry.execute.offboard('cut-off', { ...asked, graceMs: 1 });
    expect(again).toMatchObject({
      undone: false,
      state: 'offboarded',
      export: { bytes: expect.any(Number) },
    });
    expect(await readdir(t.exportDir)).toHaveLength(2);
    expect(await connects(connection)).toBe(false);
  });
});

describe('a repair', () => {
  it('says what it mended, and the tenant writes again', async () => {
    const connection = await readyTenant(t, 'by-hand');
    const owner = await ownerOf(t, 'by-hand');
    await withClient(owner, (client) => client.query(`alter role ${roleIn(connection)} nologin`));
    await resetOwner('by-hand');
    const repaired = await t.tenantry.execute.repair('by-hand');
    expect(repaired).toMatchObject({
      state: 'ready',
      mended: [
        expect.stringContaining("the owner's credential was refused"),
        expect.stringMatching(/^the published login ".+" did not work: /),
      ],
    });
    expect(await connects(connection)).toBe(true);
    const { stdout } = await runTenantry(['repair', 'by-hand', '--wait'], t.environment);
    expect(stdout).toBe('by-hand is ready, and all was as it should be\n');
  });

  it("has Neon reset the owner's password where the one that Neon has is refused too", async () => {
    await readyTenant(t, 'own-password');
    await withClient(await ownerOf(t, 'own-password'), (client) =>
      client.query("alter role current_user password 'nobody else knows'"),
    );
    const { mended } = await t.tenantry.execute.repair('own-password');
    expect(mended).toEqual([expect.stringContaining('the one that Neon has as well: it was reset')]);
    expect(await connects(await ownerOf(t, 'own-password'))).toBe(true);
  });

  more('of a suspended tenant that somebody has let in shuts it out again', async () => {
    const connection = await readyTenant(t, 'let-in');
    await t.tenantry.execute.suspend('let-in');
    await setQuota(t, 'let-in', {});
    const owner = await ownerOf(t, 'let-in');
    await withClient(owner, (client) => client.query(`alter role ${roleIn(connection)} login`));
    const repaired = await t.tenantry.execute.repair('let-in');
    expect(repaired).toMatchObject({ state: 'suspended', mended: [expect.stringContaining('not lowered')] });
    await setQuota(t, 'let-in', {});
    expect(await connects(connection)).toBe(false);
  });

  it('of a tenant whose project somebody deleted at Neon recovers it', async () => {
    const connection = await readyTenant(t, 'brought-back');
    const projectId = await projectOf('brought-back');
    await deleteProject(t.neon, projectId);
    expect(await connects(connection)).toBe(false);
    const { mended } = await t.tenantry.execute.repair('brought-back');
    expect(mended).toEqual([`project ${projectId} was deleted at Neon: it was recovered`]);
    expect(await projectOf('brought-back')).toBe(projectId);
    expect(await connects(connection)).toBe(true);
  });

  it('of a tenant whose project is gone for good says so, and leaves offboarding to be asked for', async () => {
    await readyTenant(t, 'lost');
    await deleteProject(t.neon, await projectOf('lost'));
    // As after seven days.
    const late = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/recover', times: 1_000 },
      effect: { kind: 'status', status: 404, body: { code: '', message: 'recoverable project not found' } },
    });
    await expect(t.tenantry.execute.repair('lost')).rejects.toMatchObject({
      reason: { type: 'NeonNotFound', message: expect.stringContaining('could not repair the tenant') },
    });
    const { tenant } = await t.tenantry.exportRecord('lost');
    expect(tenant).toMatchObject({
      state: 'repairing',
      attention: expect.stringContaining('has no project'),
    });
    await late.lift();
    expect(await t.tenantry.execute.offboard('lost', { graceMs: 1 })).toMatchObject({
      state: 'offboarded',
    });
  });

  more('repairs what an operation could not, that began where another was cut off', async () => {
    const connection = await readyTenant(t, 'waiting');
    const snapshot = { method: 'POST', path: '/projects/*/branches/*/snapshot' };
    await cutOffAt(t, 'waiting', snapshot, () => t.tenantry.start.snapshot('waiting'));
    const mute = await refuseConnections('waiting');
    await expect(t.tenantry.execute.snapshot('waiting')).rejects.toMatchObject({
      reason: {
        type: 'DatabaseUnreachable',
        message: expect.stringContaining('could not repair what "snapshot" left'),
      },
    });
    const { tenant } = await t.tenantry.exportRecord('waiting');
    expect(tenant).toMatchObject({
      state: 'updating',
      attention: expect.stringContaining('could not repair'),
    });
    await mute.lift();
    expect(await t.tenantry.execute.repair('waiting')).toMatchObject({ state: 'ready' });
    expect(await connects(connection)).toBe(true);
    expect((await t.tenantry.exportRecord('waiting')).tenant.attention).toBeNull();
  });

  it('names a login that nobody has accounted for, and the tenant stays ready', async () => {
    const connection = await readyTenant(t, 'watched');
    await withClient(await ownerOf(t, 'watched'), (client) => client.query('create role stranger login'));
    await expect(t.tenantry.execute.repair('watched')).rejects.toMatchObject({
      reason: { type: 'RoleUnfit' },
    });
    const { tenant } = await t.tenantry.exportRecord('watched');
    expect(tenant).toMatchObject({
      state: 'ready',
      attention: expect.stringContaining('"stranger" can log in'),
    });
    expect(await connects(connection)).toBe(true);
  });
});

const roleIn = (connection: string) => new URL(connection).username;
