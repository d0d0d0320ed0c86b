import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { deleteProject } from '../../neon/projects.js';
import type { TenantryWorker } from '../../worker/create-worker.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { historyText } from '../support/history-text.js';
import { keepLocked } from '../support/keep-locked.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { longForm, more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;

/** A grace that a test waits to the end of, and one that no test does. */
const short = 300;
const long = 600_000;

let worker: TenantryWorker;

beforeAll(async () => {
  t = await startTenantry();
  worker = await t.startWorker();
});

afterEach(async () => {
  await t.emulator.liftFaults();
  await rm(t.exportDir, { recursive: true, force: true });
});

afterAll(() => t.stop());

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
});

/** A ready tenant whose application has written something. */
async function readyTenant(id = acme): Promise<string> {
  await t.tenantry.execute.onboard({ id });
  const connection = await t.tenantry.connectionString(id);
  await withClient(connection, async (client) => {
    await client.query('create table notes (id serial primary key, body text)');
    await client.query("insert into notes (body) values ('kept')");
  });
  return connection;
}

const connects = (connectionString: string) =>
  withClient(connectionString, (client) => client.query('select 1')).then(
    () => true,
    () => false,
  );

const notesOf = (connectionString: string) =>
  withClient(connectionString, async (client) => (await client.query('select body from own.notes')).rows);

/** Waits until the run waits out its grace. */
const inGrace = (handle: { workflowId: string; runId: string }) =>
  eventually('the grace runs', async () => {
    const steps = await t.temporal.workflow
      .getHandle(handle.workflowId, handle.runId)
      .query<{ name: string; status: string; until?: string }[]>('progress');
    return steps.some(({ status, until }) => status === 'running' && until !== undefined);
  });

describe('offboarding a tenant', () => {
  it('shuts it out, waits, deletes the project, and forgets everything but the row', async () => {
    const connection = await readyTenant();
    const { projectId } = (await t.tenantry.get(acme)) ?? {};
    const handle = await t.tenantry.start.offboard(acme, { graceMs: short });
    const offboarded = await handle.result();
    expect(offboarded).toMatchObject({
      id: acme,
      undone: false,
      state: 'offboarded',
      deletedProjectIds: [projectId],
      recoverableUntil: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await connects(connection)).toBe(false);
    expect(await liveProjectsOf(t, acme)).toEqual([]);
    const tenant = await t.tenantry.get(acme);
    expect(tenant).toMatchObject({ state: 'offboarded', settledState: 'offboarded' });
    expect(tenant?.projectId).toBeUndefined();
    expect(await t.catalog.secrets.kinds({ fleet: t.fleet.name, id: handle.tenantId })).toEqual([]);

    const history = (await t.tenantry.history(acme)).filter(({ operation }) => operation === 'offboard');
    expect(history.map(({ event, state }) => [event, state])).toEqual([
      ['began', 'offboarding'],
      ['succeeded', 'offboarded'],
    ]);
    const run = await historyText(t.temporal, handle);
    expect(run).toContain(projectId);
    expect(run).not.toContain(new URL(connection).password);

    for (const bringUp of [
      () => t.tenantry.start.onboard({ id: acme }),
      () => t.tenantry.start.adopt(acme, { projectId: projectId ?? '' }),
    ])
      await expect(bringUp()).rejects.toMatchObject({
        code: 'TENANT_STATE_CONFLICT',
        message: expect.stringMatching(/is offboarded.*tenantry erase.*--reuse-erased/),
      });
    const { exitCode, stdout, stderr } = await runTenantry(['onboard', acme], t.environment);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toMatch(/^tenantry: .* is offboarded.*tenantry erase.*--reuse-erased\)\n$/);
    const again = await t.tenantry.execute.offboard(acme);
    expect(again).toMatchObject({ state: 'offboarded', undone: false, deletedProjectIds: [] });
  });

  it('lets nobody in while the grace lasts, says until when it does, and can be undone with all data there', async () => {
    const connection = await readyTenant();
    const before = Date.now();
    const handle = await t.tenantry.start.offboard(acme, { graceMs: long });
    await inGrace(handle);
    expect(await connects(connection)).toBe(false);
    await expect(t.tenantry.connectionString(acme)).rejects.toMatchObject({ state: 'offboarding' });

    const run = t.temporal.workflow.getHandle(handle.workflowId, handle.runId);
    const { searchAttributes } = await run.describe();
    expect(searchAttributes.Stage).toEqual(['offboarding']);
    const [waiting] = (await run.query<{ until?: string }[]>('progress')).flatMap(({ until }) => until ?? []);
    expect(Date.parse(waiting ?? '')).toBeGreaterThanOrEqual(before + long);
    const metadata = await run.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    expect(metadata.currentDetails).toContain(
      `\n**It waits:** the offboarding can be undone in the grace, until ${waiting}`,
    );

    const undoing = await t.tenantry.start.undoOffboarding(acme);
    expect(undoing.runId).toBe(handle.runId);
    expect(await undoing.result()).toMatchObject({ id: acme, undone: true, state: 'ready' });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', settledState: 'ready' });
    expect(await notesOf(await t.tenantry.connectionString(acme))).toEqual([{ body: 'kept' }]);
    expect(await connects(connection)).toBe(true);
    await expect(t.tenantry.start.undoOffboarding(acme)).rejects.toMatchObject({ code: 'NOT_OFFBOARDING' });

    const toTheEnd = await t.tenantry.start.offboard(acme, { graceMs: 0 });
    expect(await toTheEnd.result()).toMatchObject({ undone: false, state: 'offboarded' });
    expect(await liveProjectsOf(t, acme)).toEqual([]);
  });

  more('leaves a tenant that was suspended before suspended when it is undone', async () => {
    const connection = await readyTenant();
    await t.tenantry.execute.suspend(acme);
    const handle = await t.tenantry.start.offboard(acme, { graceMs: long, export: true });
    await inGrace(handle);
    expect(await readdir(t.exportDir)).toHaveLength(1);
    expect(await t.tenantry.execute.undoOffboarding(acme)).toMatchObject({
      undone: true,
      state: 'suspended',
    });
    expect(await connects(connection)).toBe(false);
    // A copy of the data that nobody needs any more is not left behind.
    expect(await readdir(t.exportDir)).toEqual([]);
    await t.tenantry.execute.resume(acme);
    expect(await notesOf(connection)).toEqual([{ body: 'kept' }]);
  });

  it('is undone when it is cancelled in the grace', async () => {
    const connection = await readyTenant();
    const handle = await t.tenantry.start.offboard(acme, { graceMs: long });
    await inGrace(handle);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
    expect(await notesOf(connection)).toEqual([{ body: 'kept' }]);
  });

  it('is undone when it fails before the deletion', async () => {
    const connection = await readyTenant();
    await t.emulator.addFault({
      match: { method: 'PATCH', path: '/projects/*', times: 1 },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    const handle = await t.tenantry.start.offboard(acme, { graceMs: short });
    await expect(handle.result()).rejects.toMatchObject({ reason: { type: 'NeonOperationFailed' } });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
    expect(await connects(connection)).toBe(true);
  });

  it('stays in hand when it fails in the deletion, cannot be undone then, and goes on when it is asked for again', async () => {
    await readyTenant();
    const refused = await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*' },
      effect: { kind: 'status', status: 422 },
    });
    const failing = await t.tenantry.start.offboard(acme, { graceMs: 0 });
    await expect(failing.result()).rejects.toMatchObject({
      reason: {
        type: 'NeonBadRequest',
        message: expect.stringContaining('could not bring back what is being deleted'),
      },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'offboarding', settledState: 'ready' });
    expect(await liveProjectsOf(t, acme)).toHaveLength(1);
    await expect(t.tenantry.execute.erase(acme)).rejects.toMatchObject({
      reason: { type: 'TenantStateConflict' },
    });
    await expect(t.tenantry.execute.repair(acme)).rejects.toMatchObject({
      reason: {
        type: 'TenantStateConflict',
        message: "the tenant's deletion has begun, so the repair cannot begin; what can is the offboarding",
      },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'offboarding', settledState: 'ready' });
    await refused.lift();
    const calls = (await t.emulator.calls()).length;
    expect(await t.tenantry.execute.offboard(acme)).toMatchObject({ state: 'offboarded' });
    // Nobody is suspended a second time, and no second grace is waited for.
    const further = (await t.emulator.calls()).slice(calls).map(({ method }) => method);
    expect(further).not.toContain('PATCH');
    expect(await liveProjectsOf(t, acme)).toEqual([]);
  });

  it('refuses an undo once the deletion has begun', async () => {
    await readyTenant();
    const held = await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*' },
      effect: { kind: 'hold-before-apply' },
    });
    const handle = await t.tenantry.start.offboard(acme, { graceMs: short });
    await held.struck();
    await expect(t.tenantry.start.undoOffboarding(acme)).rejects.toMatchObject({
      code: 'TOO_LATE_TO_UNDO',
      message: expect.stringContaining('the deletion has begun'),
      runId: handle.runId,
    });
    await held.lift();
    expect(await handle.result()).toMatchObject({ undone: false, state: 'offboarded' });
  });

  it('leaves a dump that pg_restore can read, and says how to know it again', async () => {
    await readyTenant();
    const handle = await t.tenantry.start.offboard(acme, { graceMs: 0, export: true });
    const offboarded = await handle.result();
    const dump = offboarded.undone ? undefined : offboarded.export;
    if (dump === undefined) throw new Error('there is no export');
    const file = path.join(t.exportDir, dump.file);
    const content = await readFile(file);
    expect(await readdir(t.exportDir)).toEqual([dump.file]);
    expect(content.subarray(0, 5).toString()).toBe('PGDMP');
    expect(dump.bytes).toBe(content.length);
    expect(dump.sha256).toBe(createHash('sha256').update(content).digest('hex'));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await t.tenantry.history(acme)).at(-1)?.detail).toMatchObject({ export: dump });
    await t.tenantry.execute.onboard({ id: 'other' });
    expect(await restoredNotes('other', file)).toEqual([{ body: 'kept' }]);
  });

  more('ends a dump under way when it is cancelled, and leaves no piece of it', async () => {
    const connection = await readyTenant();
    const owner = await t.catalog.secrets.open({ fleet: t.fleet.name, id: tenantIdOf(acme) }, 'owner');
    const held = keepLocked(owner ?? '', 'own.notes');
    const handle = await t.tenantry.start.offboard(acme, { export: true });
    await eventually('pg_dump waits for the table', held.isWaitedFor);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    await eventually('pg_dump is gone', async () => !(await held.isWaitedFor()));
    await held.stop();
    expect(await readdir(t.exportDir)).toEqual([]);
    expect(await notesOf(connection)).toEqual([{ body: 'kept' }]);
  });

  it('brings down a tenant whose onboarding failed, without a grace', async () => {
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects' },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    await expect(t.tenantry.execute.onboard({ id: acme })).rejects.toThrow();
    expect(await t.tenantry.execute.offboard(acme)).toMatchObject({ state: 'offboarded' });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'offboarded' });
  });

  more(
    'is refused without a folder for the export that was asked for, with nothing taken from the tenant',
    async () => {
      const other = await startTenantry();
      onTestFinished(() => other.stop());
      const environment = { ...other.environment, TENANTRY_EXPORT_DIR: '' };
      const { stop } = await startKillableWorker({ ...other, environment });
      await other.tenantry.execute.onboard({ id: acme });
      const connection = await other.tenantry.connectionString(acme);
      const handle = await other.tenantry.start.offboard(acme, { export: true });
      await expect(handle.result()).rejects.toMatchObject({ reason: { type: 'RequestUnfit' } });
      expect(await other.tenantry.get(acme)).toMatchObject({ state: 'ready' });
      expect(await connects(connection)).toBe(true);
      await stop();
    },
  );
});

describe('the grace', () => {
  it('ends where there is no worker at all, and the next one deletes', async () => {
    await readyTenant();
    const handle = await t.tenantry.start.offboard(acme, { graceMs: 1_500 });
    await inGrace(handle);
    worker.shutdown();
    const run = t.temporal.workflow.getHandle(handle.workflowId, handle.runId);
    await eventually('the timer fires', async () =>
      ((await run.fetchHistory()).events ?? []).some(({ timerFiredEventAttributes: fired }) => !!fired),
    );
    expect(await liveProjectsOf(t, acme)).toHaveLength(1);
    worker = await t.startWorker();
    expect(await handle.result()).toMatchObject({ undone: false, state: 'offboarded' });
    expect(await liveProjectsOf(t, acme)).toEqual([]);
  });
});

describe('tenantry offboard', () => {
  it('asks whether it is meant before it deletes at once', async () => {
    const { exitCode, stderr } = await runTenantry(['offboard', acme, '--now'], t.environment);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringContaining('add --yes') });
    expect(await t.tenantry.get(acme)).toBeUndefined();
  });

  it('offboards a tenant whose project was deleted at Neon, and promises no recovery that Neon may not have', async () => {
    await t.tenantry.execute.onboard({ id: acme });
    const { projectId = '' } = (await t.tenantry.get(acme)) ?? {};
    await deleteProject(t.neon, projectId);
    const accepted = await runTenantry(['offboard', acme, '--grace', '7d'], t.environment);
    expect(accepted).toMatchObject({ exitCode: 0, stderr: '' });
    const undone = await runTenantry(['undo-offboarding', acme, '--wait'], t.environment);
    expect(undone).toMatchObject({ exitCode: 1, stdout: '' });
    expect(undone.stderr).toContain(
      `Neon has no project ${projectId} any more; what is left is to offboard the tenant, or to recover the project at Neon`,
    );
    const gone = await runTenantry(['offboard', acme, '--now', '--yes', '--wait'], t.environment);
    expect(gone).toMatchObject({ exitCode: 0, stdout: `${acme} is offboarded\n` });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'offboarded' });
  });

  it.runIf(longForm)(
    'offboards, undoes, and deletes at once when it is meant',
    async () => {
      await readyTenant();
      const begun = await runTenantry(['offboard', acme, '--json'], t.environment);
      expect(JSON.parse(begun.stdout)).toMatchObject({
        id: acme,
        state: 'offboarding',
        operation: 'offboard',
      });
      const undone = await runTenantry(['undo-offboarding', acme, '--wait', '--json'], t.environment);
      expect(JSON.parse(undone.stdout)).toMatchObject({ id: acme, undone: true, state: 'ready' });
      const gone = await runTenantry(['offboard', acme, '--now', '--yes', '--wait'], t.environment);
      expect(gone.stdout).toMatch(/^acme-\d+ is offboarded; Neon can bring .+ back until \d{4}-/);
      const late = await runTenantry(['undo-offboarding', acme], t.environment);
      expect(late.exitCode).toBe(2);
    },
    120_000,
  );
});

/** What `pg_restore` makes of a dump in another tenant's database. */
async function restoredNotes(id: string, file: string): Promise<unknown[]> {
  const owner = await t.catalog.secrets.open({ fleet: t.fleet.name, id: tenantIdOf(id) }, 'owner');
  if (owner === undefined) throw new Error('there is no owner');
  const tool = path.join(t.environment.TENANTRY_POSTGRES_BIN ?? '', 'pg_restore');
  await promisify(execFile)(tool, [
    '--no-owner',
    '--no-privileges',
    '--table=notes',
    `--dbname=${owner}`,
    file,
  ]);
  return notesOf(owner);
}
