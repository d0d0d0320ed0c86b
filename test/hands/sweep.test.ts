import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { connects, cutOffAt, readyTenant, terminate, writes } from './cut-off.js';

let t: TestTenantry;

beforeAll(async () => {
  const timings = { ...quickTimings, sweep: 1_000, neonCall: 1_000, createGrace: 300, moveGrace: 3_600_000 };
  t = await startTenantry({ fleet: { timings: { ...timings, offboardingGrace: 3_600_000 } } });
  await t.startWorker();
});

afterAll(() => t.stop());

const create = { method: 'POST', path: '/projects' } as const;
const hour = 3_600_000;

/** A day passes for whatever the catalog waits for. */
const later = (ms = 25 * hour) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query(
      `update tenantry.projects set due_at = due_at - $1 * interval '1 ms', in_doubt_since = in_doubt_since - $1 * interval '1 ms'`,
      [ms],
    ),
  );

const projectsOf = async (id: string) =>
  (await t.emulator.liveProjects()).filter(({ name }) => name.includes(`-${id}-`));

/** Sweeps until so many are left: each deletion is looked at again by the next, and what a busy machine was too slow for as well. */
async function swept(id: string, count: number): Promise<void> {
  await eventually(`Neon has ${count} projects of ${id}`, async () => {
    await later();
    await t.sweep();
    return (await projectsOf(id)).length === count;
  });
}

describe('a create that Neon applies late', () => {
  /** Neon takes the call, answers nobody, and makes the project when it is let. */
  const held = () => t.emulator.addFault({ match: { ...create, times: 1 }, effect: { kind: 'late-apply' } });

  it('for a move that was cancelled is found, and goes', async () => {
    const connection = await readyTenant(t, 'mover');
    const late = await held();
    const moving = await t.tenantry.start.move('mover');
    await late.struck();
    await moving.cancel();
    await expect(moving.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    await late.lift();
    await eventually('the project is there', async () => (await projectsOf('mover')).length === 2);
    expect(await t.sweep()).toMatchObject({ projects: 0 });
    await later();
    await swept('mover', 1);
    expect(await writes(connection)).toBe(true);
  });

  more('for a move that was cancelled goes with the tenant', async () => {
    await readyTenant(t, 'leaver');
    const late = await held();
    const moving = await t.tenantry.start.move('leaver');
    await late.struck();
    await moving.cancel();
    await expect(moving.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    await late.lift();
    await eventually('the project is there', async () => (await projectsOf('leaver')).length === 2);
    expect(await t.tenantry.execute.offboard('leaver', { graceMs: 0 })).toMatchObject({
      deletedProjectIds: [expect.any(String), expect.any(String)],
    });
    expect(await projectsOf('leaver')).toEqual([]);
  });

  const cancelledOnboarding = async (id: string) => {
    const late = await held();
    const onboarding = await t.tenantry.start.onboard({ id });
    await late.struck();
    await onboarding.cancel();
    await expect(onboarding.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect(await t.tenantry.get(id)).toMatchObject({ state: 'failed' });
    return late;
  };

  it('for an onboarding that was cancelled is found by an erase', async () => {
    const late = await cancelledOnboarding('unwanted');
    await late.lift();
    await eventually('the project is there', async () => (await projectsOf('unwanted')).length === 1);
    expect(await t.tenantry.execute.erase('unwanted')).toMatchObject({
      deletedProjectIds: [expect.any(String)],
    });
    expect(await projectsOf('unwanted')).toEqual([]);
  });

  it('for a tenant that is erased by then is found by its name all the same', async () => {
    const late = await cancelledOnboarding('forgotten');
    await t.tenantry.execute.erase('forgotten');
    expect(await t.tenantry.get('forgotten')).toBeUndefined();
    await late.lift();
    await eventually('the project is there', async () => (await projectsOf('forgotten')).length === 1);
    await later();
    await swept('forgotten', 0);
  });

  it('and that was made again leaves a tenant with one project, the one that it is in', async () => {
    const late = await held();
    const { projectId } = await t.tenantry.execute.onboard({ id: 'twice' });
    await late.lift();
    await eventually('the other project is there', async () => (await projectsOf('twice')).length === 2);
    await later();
    await swept('twice', 1);
    expect((await projectsOf('twice')).map(({ id }) => id)).toEqual([projectId]);
    expect(await connects(await t.tenantry.connectionString('twice'))).toBe(true);
  });
});

describe('a project that a tenant moved out of', () => {
  it('is nobody’s to adopt, and its tenant’s until its time is up', async () => {
    await readyTenant(t, 'moved');
    const { formerProjectId } = await t.tenantry.execute.move('moved');
    const adopting = await t.tenantry.start.adopt('another', { projectId: formerProjectId });
    await expect(adopting.result()).rejects.toMatchObject({
      reason: { type: 'RequestUnfit', message: expect.stringContaining('tenant "moved"') },
    });
    expect(await projectsOf('moved')).toHaveLength(2);
    await later();
    await swept('moved', 1);
  });

  it('goes although Neon refuses at first, and until then it is told why', async () => {
    await readyTenant(t, 'refused');
    const { formerProjectId, projectId } = await t.tenantry.execute.move('refused');
    await later();
    const refused = await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*', times: 1_000 },
      effect: { kind: 'status', status: 401 },
    });
    expect(await t.sweep()).toMatchObject({ projects: 1, postponed: 1 });
    const kept = (await t.tenantry.exportRecord('refused')).projects.find(({ role }) => role === 'condemned');
    expect(kept).toMatchObject({ projectId: formerProjectId, trouble: expect.stringContaining('401') });
    expect((await t.tenantry.exportRecord('refused')).tenant.attention).toMatch(
      /to go at Neon does not.*401/,
    );
    expect(await t.sweep()).toMatchObject({ projects: 0 });
    await refused.lift();
    await later();
    await swept('refused', 1);
    expect((await projectsOf('refused')).map(({ id }) => id)).toEqual([projectId]);
    await eventually('it is on record as gone', async () => {
      await later();
      await t.sweep();
      const { projects } = await t.tenantry.exportRecord('refused');
      return projects.every(({ role }) => role === 'live' || role === 'gone');
    });
    expect((await t.tenantry.exportRecord('refused')).tenant.attention).toBeNull();
  });
});

describe('a tenant whose run was ended by force', () => {
  it('in an onboarding has failed, and nothing of it is left', async () => {
    const made = await t.emulator.addFault({
      match: { ...create, times: 1 },
      effect: { kind: 'hold-after-apply' },
    });
    await t.tenantry.start.onboard({ id: 'half-made' });
    await made.struck();
    await terminate(t, 'half-made');
    await made.lift();
    expect(await projectsOf('half-made')).toHaveLength(1);
    expect(await t.sweep()).toMatchObject({ tenants: 1 });
    expect(await t.tenantry.get('half-made')).toMatchObject({
      state: 'failed',
      failure: { type: 'Cancelled', message: expect.stringContaining('ended by force') },
    });
    await later();
    await swept('half-made', 0);
    await t.tenantry.execute.onboard({ id: 'half-made' });
    expect(await projectsOf('half-made')).toHaveLength(1);
  });

  it('in a move is where it was, with one project', async () => {
    const connection = await readyTenant(t, 'half-moved');
    await cutOffAt(t, 'half-moved', create, () => t.tenantry.start.move('half-moved'));
    expect(await projectsOf('half-moved')).toHaveLength(2);
    await t.sweep();
    await eventually('it is ready', async () => (await t.tenantry.get('half-moved'))?.state === 'ready');
    await later();
    await swept('half-moved', 1);
    expect(await writes(connection)).toBe(true);
  });

  it('in the grace of an offboarding goes on in it, and can be taken back', async () => {
    const connection = await readyTenant(t, 'leaving');
    const offboarding = await t.tenantry.start.offboard('leaving');
    for await (const { name } of offboarding.progress()) if (name === 'wait out the grace') break;
    await terminate(t, 'leaving');
    expect(await t.sweep()).toMatchObject({ tenants: 1 });
    const goesOn = await t.tenantry.lastOperation('leaving');
    expect(goesOn).toMatchObject({ operation: 'offboard' });
    expect(goesOn?.runId).not.toBe(offboarding.runId);
    await t.tenantry.execute.undoOffboarding('leaving');
    expect(await t.tenantry.get('leaving')).toMatchObject({ state: 'ready' });
    expect(await writes(connection)).toBe(true);
  });

  more('when the grace was over is offboarded', async () => {
    await readyTenant(t, 'left');
    const offboarding = await t.tenantry.start.offboard('left', { graceMs: 3_000 });
    for await (const { name } of offboarding.progress()) if (name === 'wait out the grace') break;
    await terminate(t, 'left');
    await t.sweep();
    await eventually('it is offboarded', async () => (await t.tenantry.get('left'))?.state === 'offboarded');
    expect(await projectsOf('left')).toEqual([]);
  });
});

describe('what was kept long enough', () => {
  const old = () =>
    withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
      client.query(
        `insert into tenantry.events (fleet, tenant_id, type, at, data) values ($1, 'gone', 'tenant.erased.v1', now() - interval '31 days', '{}')`,
        [t.fleet.name],
      ),
    );

  it('is deleted by a sweep, and a sweep without any does not look for it', async () => {
    expect(await t.sweep()).not.toHaveProperty('pruned');
    await old();
    expect(await t.sweep()).toMatchObject({ pruned: { events: 1, rollouts: 0 } });
    expect(await t.sweep()).not.toHaveProperty('pruned');
  });
});
