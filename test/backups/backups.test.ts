import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { backups } from '../../cli/doctor/backups.js';
import { subjectOf } from '../../cli/doctor/subject.js';
import { listBranches } from '../../neon/branches.js';
import { listSnapshots } from '../../neon/snapshots.js';
import { backUpScheduleId } from '../../tenancy/naming.js';
import { installBackups } from '../../worker/back-up-schedule.js';
import { eventually } from '../support/eventually.js';
import { longForm, more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

const minute = 60_000;
let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      plans: {
        backed: { region: 'aws-us-east-1', backups: { every: minute, keep: 3 } },
        bare: { region: 'aws-us-east-1' },
        hasty: { region: 'aws-us-east-1', backups: { every: 1_000, keep: 3 } },
      },
      defaultPlan: 'backed',
      // A slow look of one of its many days is not to end the long form.
      timings: { ...quickTimings, ...(longForm && { shortStep: 20_000 }) },
    },
  });
  await t.writeMigration('0001_notes.sql', 'create table notes (id int primary key, body text);\n');
  await t.startWorker();
});

afterEach(() => t.emulator.liftFaults());
afterAll(() => t.stop());

const asCatalog = (sql: string, values: unknown[]) =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) => client.query(sql, values));
/** As if the tenant's newest backup were so old, or its onboarding if it has none. */
const age = (id: string, ms: number) =>
  asCatalog(
    `update tenantry.tenants set backed_up_at = backed_up_at - make_interval(secs => $2 / 1000.0),
       ready_at = ready_at - make_interval(secs => $2 / 1000.0), created_at = created_at - make_interval(secs => $2 / 1000.0)
     where id = $1`,
    [id, ms],
  );
const expire = (id: string, kind: string) =>
  asCatalog(
    'update tenantry.resources set due_at = now(), expires_at = now() where tenant_id = $1 and kind = $2',
    [id, kind],
  );
const projectOf = async (id: string) => (await t.tenantry.get(id))?.projectId ?? '';
const atNeon = async (id: string) => listSnapshots(t.neon, await projectOf(id));
const backupsOf = async (id: string) => (await t.tenantry.snapshots(id)).filter(({ isBackup }) => isBackup);
const overdue = async () =>
  (await t.tenantry.attention())
    .filter(({ kind }) => kind === 'backup-overdue')
    .map(({ tenantId }) => tenantId);

describe('backups by policy', () => {
  it('are taken of who is due, of nobody else, and not twice', async () => {
    await Promise.all([
      t.tenantry.execute.onboard({ id: 'acme' }),
      t.tenantry.execute.onboard({ id: 'bare', plan: 'bare' }),
      t.tenantry.execute.onboard({ id: 'shut' }),
    ]);
    await t.tenantry.execute.suspend('shut');
    expect(await t.backUp()).toEqual({ taken: 1, busy: 0, failed: 0 });
    const [backup, ...others] = await t.tenantry.snapshots('acme');
    expect(others).toEqual([]);
    expect(backup).toMatchObject({
      name: expect.stringMatching(/^backup-\d{8}t\d{6}z$/),
      isBackup: true,
      plan: 'backed',
      schemaVersion: '0001_notes',
    });
    const keptMs = (backup?.expiresAt?.getTime() ?? 0) - (backup?.createdAt.getTime() ?? 0);
    expect(Math.abs(keptMs - 3 * minute)).toBeLessThan(10_000);
    expect((await atNeon('acme')).map(({ name }) => name)).toEqual([backup?.name]);
    expect(await t.backUp()).toEqual({ taken: 0, busy: 0, failed: 0 });
    await age('acme', minute);
    expect(await t.backUp()).toEqual({ taken: 1, busy: 0, failed: 0 });
    expect(await backupsOf('acme')).toHaveLength(2);
    await t.tenantry.execute.resume('shut');
    expect(await t.backUp()).toEqual({ taken: 1, busy: 0, failed: 0 });
  });

  it('that Neon refuses, or that another operation is in the way of, are due still, and told of once one was missed', async () => {
    await Promise.all(['refused', 'busy'].map((id) => t.tenantry.execute.onboard({ id })));
    const hold = await t.emulator.addFault({
      match: { method: 'POST', path: `/projects/${await projectOf('busy')}/branches`, times: 1_000 },
      effect: { kind: 'status', status: 503, body: { code: '', message: 'away' } },
    });
    const branching = await t.tenantry.start.branch('busy', { name: 'look' });
    await hold.struck();
    await t.emulator.addFault({
      match: { method: 'POST', path: `/projects/${await projectOf('refused')}/branches/*/snapshot` },
      effect: { kind: 'status', status: 422, body: { code: '', message: 'snapshots limit exceeded' } },
    });
    // One that is under way is not ready, so that is not due; it is still without a backup.
    expect(await t.backUp()).toEqual({ taken: 0, busy: 0, failed: 1 });
    expect(await overdue()).toEqual([]);
    await hold.lift();
    await branching.result();
    await Promise.all(['refused', 'busy'].map((id) => age(id, 2 * minute)));
    expect(new Set(await overdue())).toEqual(new Set(['refused', 'busy']));
    expect(await t.backUp()).toEqual({ taken: 2, busy: 0, failed: 0 });
    expect(await overdue()).toEqual([]);
  });

  more('are due at once in the project that a tenant has moved to', async () => {
    await t.tenantry.execute.onboard({ id: 'mover' });
    await t.backUp();
    await t.tenantry.execute.move('mover', { region: 'aws-eu-central-1' });
    expect(await atNeon('mover')).toEqual([]);
    expect(await t.backUp()).toEqual({ taken: 1, busy: 0, failed: 0 });
    expect(await atNeon('mover')).toHaveLength(1);
  });
});

describe('doctor', () => {
  it('says whether backups are taken', async () => {
    const check = () => backups.make(subjectOf(t.environment, 'here'));
    expect(await check()).toMatchObject({
      status: 'problem',
      message: `there is no schedule "${backUpScheduleId(t.fleet.name)}", so no backup is taken`,
    });
    await installBackups(t.temporal, t.fleet, t.taskQueue);
    expect(await check()).toMatchObject({
      status: 'ok',
      message: expect.stringMatching(/^plans backed, hasty are backed up, next at 20\d\d-/),
    });
    await t.temporal.schedule.getHandle(backUpScheduleId(t.fleet.name)).pause('Neon is away');
    expect(await check()).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('Neon is away'),
    });
  });
});

describe('what has expired', () => {
  it('is deleted by the sweep and forgotten, whether Neon has deleted it or not', async () => {
    await t.tenantry.execute.onboard({ id: 'old', plan: 'bare' });
    await t.tenantry.execute.snapshot('old', { name: 'week', ttlMs: 7 * 86_400_000, label: 'git:abc' });
    await t.tenantry.execute.snapshot('old', { name: 'ever' });
    expect((await t.tenantry.snapshots('old'))[0]).toMatchObject({ name: 'week', label: 'git:abc' });
    await expire('old', 'snapshot');
    await asCatalog("update tenantry.resources set due_at = null, expires_at = null where name = 'ever'", []);
    expect(await t.sweep()).toMatchObject({ kept: 1, postponed: 0 });
    expect((await atNeon('old')).map(({ name }) => name)).toEqual(['ever']);
    expect((await t.tenantry.snapshots('old')).map(({ name }) => name)).toEqual(['ever']);
    expect((await t.tenantry.history('old')).at(-1)).toMatchObject({
      operation: 'snapshot',
      event: 'noted',
      detail: { snapshot: 'week', removed: 'expired' },
    });
  });

  it('of states before restores goes, but for one that the live branch was made of', async () => {
    await t.tenantry.execute.onboard({ id: 'back', plan: 'bare' });
    await t.tenantry.execute.snapshot('back', { name: 'first' });
    const { keptState } = await t.tenantry.execute.restore('back', { to: { snapshot: 'first' } });
    const [state] = await t.tenantry.keptStates('back');
    expect((state?.expiresAt?.getTime() ?? 0) - Date.now()).toBeGreaterThan(6 * 86_400_000);
    const names = async () => (await listBranches(t.neon, await projectOf('back'))).map(({ name }) => name);
    expect(await names()).toContain(keptState);
    // Somebody makes a branch of it at Neon.
    const projectId = await projectOf('back');
    const kept = (await listBranches(t.neon, projectId)).find(({ name }) => name === keptState);
    const made = await fetch(`${t.emulator.url}/projects/${projectId}/branches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${t.emulator.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ branch: { parent_id: kept?.id, name: 'child' } }),
    });
    expect(made.status).toBe(201);
    const { branch } = (await made.json()) as { branch: { id: string } };
    await expire('back', 'kept-state');
    expect(await t.sweep()).toMatchObject({ kept: 1, postponed: 0 });
    expect(await names()).toContain(keptState);
    expect((await t.tenantry.keptStates('back'))[0]?.expiresAt?.getTime()).toBeGreaterThan(Date.now());
    const gone = await fetch(
      `${t.emulator.url}/projects/${projectId}/branches/${branch.id}?hard_delete=true`,
      {
        method: 'DELETE',
        headers: { authorization: `Bearer ${t.emulator.apiKey}` },
      },
    );
    expect(gone.status).toBe(200);
    // While Neon still deletes the child, it holds the project, and the kept state stays due.
    await eventually('it is gone', async () => {
      await expire('back', 'kept-state');
      await t.sweep();
      return !(await names()).includes(keptState);
    });
    expect(await t.tenantry.keptStates('back')).toEqual([]);
  });

  const days = longForm ? 30 : 8;
  it(`is never older than the policy in ${days} days of a second each`, async () => {
    const [dayMs, keep] = [1_000, 3];
    await t.tenantry.execute.onboard({ id: 'daily', plan: 'hasty' });
    const taken = new Set<string>();
    const ages: number[] = [];
    let longestMs = dayMs;
    for (let day = 0; day < days; day += 1) {
      const morning = Date.now();
      await t.backUp();
      await t.sweep();
      for (const { name, created_at } of await atNeon('daily')) {
        taken.add(name);
        // Neon's times are of whole seconds.
        ages.push(Date.now() - Date.parse(created_at));
      }
      const restMs = dayMs - (Date.now() - morning);
      longestMs = Math.max(longestMs, dayMs - restMs);
      if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
    }
    expect(taken.size).toBeGreaterThan(days / 3);
    if (longForm) console.log(`the longest day ${longestMs} ms, the oldest backup ${Math.max(...ages)} ms`);
    // It is due once it is as old as the policy says, from when it was taken; the next sweep deletes it.
    expect(Math.max(...ages)).toBeLessThan(keep * dayMs + 2 * longestMs + 1_000);
    expect((await backupsOf('daily')).length).toBeLessThanOrEqual(keep + 1);
    expect((await backupsOf('daily')).length).toBeGreaterThan(0);
  }, 600_000);
});
