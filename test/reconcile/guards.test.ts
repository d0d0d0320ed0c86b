import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { neonReply, quotaOf, readyTenant, setQuota } from '../hands/cut-off.js';
import { NeonConsole } from '../hands/neon-console.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { found, lateProject, passDays } from './support.js';

let t: TestTenantry;
let neon: NeonConsole;
const late: string[] = [];
/** What is younger is left alone, in milliseconds. */
const reconcileAge = 8_000;

const projectOf = async (id: string) => {
  const projectId = (await t.tenantry.get(id))?.projectId;
  const project = (await t.emulator.records()).find((one) => one.id === projectId);
  if (project === undefined) throw new Error(`tenant ${id} has no project`);
  return project;
};

const changesSince = async (before: number) =>
  (await t.emulator.calls()).slice(before).filter(({ method }) => method !== 'GET');

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      reconcile: { deletions: 1 },
      timings: { ...quickTimings, sweep: 1_000, createGrace: 300, createLook: 3_600_000, reconcileAge },
    },
  });
  neon = new NeonConsole(t.emulator);
  await t.startWorker();
  await readyTenant(t, 'sleeper');
  for (const id of ['first', 'second']) late.push(await lateProject(t, id, 'a tenant'));
}, 120_000);

afterAll(() => t.stop());

const live = async () => {
  const ids = (await t.emulator.liveProjects()).map(({ id }) => id);
  return late.filter((id) => ids.includes(id));
};

describe('a reconcile', () => {
  it('leaves alone what is younger than the age, and sees it once it is older', async () => {
    await t.tenantry.reconcile.run({ apply: true });
    const young = await found(t);
    expect(young.filter((one) => one === 'double second')).toEqual([]);
    await eventually('they are old enough', async () => {
      await t.tenantry.reconcile.run();
      return (await found(t)).filter((one) => one.startsWith('double')).length === 2;
    });
  });

  it('that Neon does not list all projects to changes nothing, keeps what was found, and is told of', async () => {
    const before = { calls: (await t.emulator.calls()).length, found: await found(t) };
    const incomplete = await t.emulator.addFault({
      match: { method: 'GET', path: '/projects', times: 1_000 },
      effect: { kind: 'incomplete-list', unavailable_project_ids: late },
    });
    await expect(t.tenantry.reconcile.run({ apply: true, wake: true })).rejects.toMatchObject({
      code: 'RECONCILE_REFUSED',
      message: expect.stringContaining('could not list 2 projects'),
    });
    await incomplete.lift();
    expect(await changesSince(before.calls)).toEqual([]);
    expect(await found(t)).toEqual(before.found);
    expect(await t.tenantry.attention()).toContainEqual(
      expect.objectContaining({ kind: 'not-reconciled', message: expect.stringContaining('could not list') }),
    );
  });

  it('wakes nothing unless it is told to, and says what slept', async () => {
    const { id: projectId, endpoints } = await projectOf('sleeper');
    await setQuota(t, 'sleeper', { logical_size_bytes: 7_000_000_000 });
    await eventually('it sleeps', async () => {
      const compute = `/projects/${projectId}/endpoints/${endpoints[0]?.id}`;
      await neonReply(t, 'POST', `${compute}/suspend`).catch(() => {});
      return (await projectOf('sleeper')).endpoints.every(({ current_state }) => current_state === 'idle');
    });
    const computes = async () => (await projectOf('sleeper')).branches.map(({ compute }) => compute);
    const ofSleeper = async () =>
      (await t.tenantry.reconcile.findings()).find(({ tenantId }) => tenantId === 'sleeper');
    expect((await t.tenantry.reconcile.run({ apply: true })).asleep).toBe(1);
    expect(await ofSleeper()).toMatchObject({ kind: 'plan', heldBack: expect.stringContaining('sleeps') });
    expect(await computes()).toEqual(['stopped']);
    await t.tenantry.reconcile.run({ apply: true, wake: true });
    expect(await ofSleeper()).toMatchObject({ kind: 'plan', outcome: 'mended' });
    expect(await quotaOf(t, 'sleeper')).toMatchObject({ logical_size_bytes: 0 });
  });

  it('is one at a time', async () => {
    const held = await t.emulator.addFault({
      match: { method: 'GET', path: '/projects', times: 1 },
      effect: { kind: 'hold-before-apply' },
    });
    const first = t.tenantry.reconcile.run();
    await held.struck();
    await expect(t.tenantry.reconcile.run()).rejects.toMatchObject({ code: 'RECONCILE_UNDER_WAY' });
    await held.lift();
    await first;
  });

  it('deletes one project a run where the fleet says so', async () => {
    await t.tenantry.reconcile.run({ apply: true });
    expect(await live()).toHaveLength(2);
    await passDays(t, 8);
    await t.tenantry.reconcile.run({ apply: true });
    expect(await live()).toHaveLength(1);
    await t.tenantry.reconcile.run({ apply: true });
    expect(await live()).toHaveLength(0);
  });

  it('that is about to delete a project when a person releases it leaves it there', async () => {
    const third = await lateProject(t, 'third', 'a tenant');
    const stateOf = async () =>
      (await t.tenantry.reconcile.quarantine()).find(({ neonId }) => neonId === third)?.state;
    await eventually('it is old enough', async () => {
      await t.tenantry.reconcile.run({ apply: true });
      return (await stateOf()) === 'quarantined';
    });
    await passDays(t, 8);
    // It looks at the project before it deletes it.
    const look = await t.emulator.addFault({
      match: { method: 'GET', path: `/projects/${third}`, times: 1 },
      effect: { kind: 'hold-after-apply' },
    });
    const run = t.tenantry.reconcile.run({ apply: true });
    await look.struck();
    await t.tenantry.reconcile.release(third);
    await look.lift();
    await run;
    expect((await t.emulator.liveProjects()).map(({ id }) => id)).toContain(third);
    expect(await stateOf()).toBe('released');
  });

  it('can be asked for on the command line, which exits with 1 where something is left', async () => {
    await neon.createProject(`${t.fleet.name}-lost-0123456789ab`);
    await eventually('it is old enough', async () => {
      await t.tenantry.reconcile.run();
      return (await found(t)).length > 0;
    });
    const { stdout, exitCode } = await runTenantry(['reconcile', '--json'], t.environment);
    expect(JSON.parse(stdout)).toMatchObject({
      findings: [expect.objectContaining({ kind: 'unclaimed', mend: null })],
    });
    expect(exitCode).toBe(1);
  });
});
