import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listBranches } from '../../neon/branches.js';
import { deleteProject } from '../../neon/projects.js';
import type { FleetDefinition } from '../../tenancy/fleet.js';
import { eventually } from '../support/eventually.js';
import { historyText } from '../support/history-text.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
});

let shared: TestTenantry;

beforeAll(async () => {
  await start();
  shared = t;
  await t.startWorker();
});

afterAll(() => shared.stop());

async function start(fleet: Partial<FleetDefinition> = {}): Promise<void> {
  t = await startTenantry({ fleet });
  await t.writeMigration('0001_notes.sql', 'create table notes (text text);');
}

async function readyTenant(): Promise<string> {
  await t.tenantry.execute.onboard({ id: acme });
  return t.tenantry.connectionString(acme);
}

const projectId = async () => (await t.tenantry.get(acme))?.projectId ?? '';
const branchNames = async () =>
  (await listBranches(t.neon, await projectId())).map(({ name }) => name).sort();
const write = (connection: string, text: string) =>
  withClient(connection, (client) => client.query('insert into notes values ($1)', [text]));
const notes = (connection: string) =>
  withClient(connection, async (client) => {
    const { rows } = await client.query<{ text: string }>('select text from notes order by text');
    return rows.map(({ text }) => text);
  });
const sealed = async (name: string) => {
  const tenant = await t.tenantry.get(acme);
  return tenant && t.catalog.secrets.open(tenant, `branch:${name}`);
};
const branchLines = async () =>
  (await t.tenantry.history(acme))
    .filter(({ operation }) => operation === 'branch')
    .map(({ event, state, detail }) => ({ event, state, detail }));

describe('a copy of a tenant', () => {
  it('has the data and a login of its own, while the tenant goes on', async () => {
    const connection = await readyTenant();
    await write(connection, 'before');
    const handle = await t.tenantry.start.branch(acme, { name: 'incident-7' });
    const made = await handle.result();
    const copy = await t.tenantry.branchConnectionString(acme, 'incident-7');
    expect(new URL(copy)).toMatchObject({ host: made.host, username: made.role });
    expect(new URL(copy).host).not.toBe(new URL(connection).host);
    await write(connection, 'after');
    expect(await notes(copy)).toEqual(['before']);
    await write(copy, 'of support');
    expect(await notes(connection)).toEqual(['after', 'before']);

    // The tenant's own login does not open the copy, nor the copy's the live database.
    const crossed = new URL(connection);
    crossed.host = made.host;
    await expect(notes(crossed.href)).rejects.toThrow(/not permitted to log in/);
    const back = new URL(copy);
    back.host = new URL(connection).host;
    await expect(notes(back.href)).rejects.toThrow(/authentication failed/);

    expect(await t.tenantry.branches(acme)).toMatchObject([
      { name: 'incident-7', host: made.host, role: made.role, expiresAt: new Date(made.expiresAt) },
    ]);
    const day = 86_400_000;
    expect(Date.parse(made.expiresAt) - Date.now()).toBeGreaterThan(day - 60_000);
    const [atNeon] = (await listBranches(t.neon, await projectId())).filter(({ name }) => name !== 'main');
    // Neon's own expiry is the belt: later than ours.
    expect(Date.parse(atNeon?.expires_at ?? '')).toBeGreaterThan(Date.parse(made.expiresAt));
    const histories = await historyText(t.temporal, handle);
    expect(histories).toContain('incident-7');
    expect(histories).not.toContain(new URL(copy).password);
    expect(histories).not.toContain(new URL(connection).password);
  });

  it('is removed when it is told', async () => {
    await readyTenant();
    await t.tenantry.execute.branch(acme, { name: 'incident-7' });
    // The tenant is free meanwhile.
    await t.tenantry.execute.snapshot(acme, { name: 'first' });
    expect(await branchNames()).toEqual(['main', 'support/incident-7']);

    await t.tenantry.removeBranch(acme, 'incident-7');
    expect(await branchNames()).toEqual(['main']);
    expect(await t.tenantry.branches(acme)).toEqual([]);
    expect(await sealed('incident-7')).toBeUndefined();
    await expect(t.tenantry.removeBranch(acme, 'incident-7')).rejects.toMatchObject({
      code: 'BRANCH_NOT_FOUND',
    });
    await expect(t.tenantry.branchConnectionString(acme, 'incident-7')).rejects.toMatchObject({
      code: 'BRANCH_NOT_FOUND',
    });
    expect(await branchLines()).toMatchObject([
      { event: 'began', state: 'updating' },
      { event: 'succeeded', state: 'ready' },
      { event: 'noted', state: 'ready', detail: { branch: 'incident-7', removed: 'asked' } },
    ]);
    // The name is free again.
    await t.tenantry.execute.branch(acme, { name: 'incident-7' });
  });

  it('is forgotten when the project is gone', async () => {
    await readyTenant();
    await t.tenantry.execute.branch(acme, { name: 'preview' });
    await deleteProject(t.neon, await projectId());
    await t.tenantry.removeBranch(acme, 'preview');
    expect(await t.tenantry.branches(acme)).toEqual([]);
  });
});

describe('making a copy', () => {
  it('leaves nothing behind when Neon fails', async () => {
    await readyTenant();
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches' },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    const failing = t.tenantry.execute.branch(acme, { name: 'preview' });
    await expect(failing).rejects.toMatchObject({ reason: { type: 'NeonOperationFailed' } });
    expect(await branchNames()).toEqual(['main']);
    expect(await t.tenantry.branches(acme)).toEqual([]);
    expect(await sealed('preview')).toBeUndefined();
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
    expect((await branchLines()).map(({ event }) => event)).toEqual(['began', 'failed']);
  });

  more('leaves nothing behind when it is cancelled once the copy is there', async () => {
    await readyTenant();
    const fault = await t.emulator.addFault({
      match: { method: 'GET', path: '/projects/*/connection_uri' },
      effect: { kind: 'hold-after-apply' },
    });
    const handle = await t.tenantry.start.branch(acme, { name: 'preview' });
    await fault.struck();
    await handle.cancel();
    await fault.lift();
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect(await branchNames()).toEqual(['main']);
    expect(await sealed('preview')).toBeUndefined();
  });

  it('is refused for a name that is taken or is none, and for a time to live that Neon does not allow', async () => {
    await readyTenant();
    await t.tenantry.execute.branch(acme, { name: 'preview' });
    const days = 86_400_000;
    for (const [asked, says] of [
      [{ name: 'preview', ttlMs: days }, /preview/],
      [{ name: 'support/preview' }, /name/],
      [{ name: 'other', ttlMs: 30 * days }, /at most 7\d\d h/],
    ] as const) {
      const refused = t.tenantry.execute.branch(acme, asked);
      await expect(refused).rejects.toMatchObject({
        reason: { type: 'RequestUnfit', message: expect.stringMatching(says) },
      });
    }
    expect(await branchNames()).toEqual(['main', 'support/preview']);
  });
});

/** A duty that was postponed is due again. */
const dueNow = () =>
  withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
    client.query('update tenantry.resources set due_at = now() where due_at is not null'),
  );

// A sweep sees to all tenants of an installation, so each of these has its own.
describe('the time of a copy', () => {
  afterEach(() => t.stop());

  more('ends with the first sweep after it, though the tenant is suspended by then', async () => {
    await start();
    await t.startWorker();
    await readyTenant();
    const { expiresAt } = await t.tenantry.execute.branch(acme, { name: 'preview', ttlMs: 3_000 });
    await t.tenantry.execute.suspend(acme);
    if (Date.now() < Date.parse(expiresAt) - 500) expect(await t.sweep()).toMatchObject({ branches: 0 });
    await eventually('its time is up', async () => Date.now() > Date.parse(expiresAt));
    expect(await t.sweep()).toMatchObject({ branches: 1, postponed: 0 });
    expect(await t.tenantry.branches(acme)).toEqual([]);
    expect(await branchNames()).toEqual(['main']);
    expect(await sealed('preview')).toBeUndefined();
    expect((await branchLines()).at(-1)).toEqual({
      event: 'noted',
      state: 'suspended',
      detail: { branch: 'preview', removed: 'expired' },
    });
  });

  it('is swept away by the schedule that a worker installs, by whichever worker is there', async () => {
    await start({ timings: { ...quickTimings, sweep: 1_000 } });
    const first = await startKillableWorker(t);
    await readyTenant();
    const { expiresAt } = await t.tenantry.execute.branch(acme, { name: 'preview', ttlMs: 4_000 });
    await first.stop('SIGKILL');
    await eventually('its time is up', async () => Date.now() > Date.parse(expiresAt));
    expect(await branchNames()).toEqual(['main', 'support/preview']);
    await t.startWorker();
    await eventually('the copy is gone', async () => (await t.tenantry.branches(acme)).length === 0);
    expect(await branchNames()).toEqual(['main']);
  });

  it('stays due while Neon refuses, later each time, and goes once it does not', async () => {
    await start();
    await t.startWorker();
    await readyTenant();
    const { expiresAt } = await t.tenantry.execute.branch(acme, { name: 'preview', ttlMs: 1_500 });
    await eventually('its time is up', async () => Date.now() > Date.parse(expiresAt));
    const refused = await t.emulator.addFault({
      match: { method: 'DELETE', path: '/projects/*/branches/*', times: 1000 },
      effect: { kind: 'status', status: 403 },
    });
    expect(await t.sweep()).toMatchObject({ branches: 1, postponed: 1 });
    expect(await t.sweep()).toMatchObject({ branches: 0 });
    const [kept] = (await t.tenantry.exportRecord(acme)).resources;
    expect(kept?.trouble).toMatch(/403/);
    await refused.lift();
    await dueNow();
    expect(await t.sweep()).toMatchObject({ branches: 1, postponed: 0 });
    expect(await branchNames()).toEqual(['main']);
  });

  it('lives as long as the fleet says when nothing is asked', async () => {
    await start({ timings: { ...quickTimings, branchTtl: 7_200_000 } });
    await t.startWorker();
    await readyTenant();
    const { expiresAt, seconds } = await t.tenantry.execute.branch(acme, { name: 'preview' });
    const left = Date.parse(expiresAt) - Date.now();
    expect(left).toBeLessThanOrEqual(7_200_000);
    expect(left).toBeGreaterThan(7_200_000 - (seconds + 60) * 1000);
  });
});
