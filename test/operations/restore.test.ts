import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listBranches } from '../../neon/branches.js';
import { listEndpoints } from '../../neon/endpoints.js';
import { listSnapshots } from '../../neon/snapshots.js';
import type { TenantryWorker } from '../../worker/create-worker.js';
import { historyText } from '../support/history-text.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;

let worker: TenantryWorker;

beforeAll(async () => {
  t = await startTenantry();
  await t.writeMigration('0001_notes.sql', 'create table notes (text text);');
  worker = await t.startWorker();
});

afterEach(() => t.emulator.liftFaults());
afterAll(() => t.stop());

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
});

async function readyTenant(): Promise<string> {
  await t.tenantry.execute.onboard({ id: acme });
  return t.tenantry.connectionString(acme);
}

const projectId = async () => (await t.tenantry.get(acme))?.projectId ?? '';
const branchNames = async () =>
  (await listBranches(t.neon, await projectId())).map(({ name }) => name).sort();
const liveBranch = async () =>
  (await listBranches(t.neon, await projectId())).find((branch) => branch.default)?.id;

const write = (connection: string, text: string) =>
  withClient(connection, (client) => client.query('insert into notes values ($1)', [text]));

const notes = (connection: string) =>
  withClient(connection, async (client) => {
    const { rows } = await client.query<{ text: string }>('select text from notes order by text');
    return rows.map(({ text }) => text);
  });

const takeSnapshot = async (name: string) => {
  await t.tenantry.execute.snapshot(acme, { name });
};

async function ownerConnection(): Promise<string> {
  const tenant = await t.tenantry.get(acme);
  return (tenant && (await t.catalog.secrets.open(tenant, 'owner'))) ?? '';
}

/** The moment between what was committed before and what is committed after. */
const databaseTime = (connection: string) =>
  withClient(connection, async (client) => {
    const { rows } = await client.query<{ now: Date }>('select clock_timestamp() as now');
    return rows[0]?.now.toISOString() ?? '';
  });

describe('taking a snapshot', () => {
  it('takes it at Neon, and lists it by its name, or by one of its own where none is given', async () => {
    await readyTenant();
    const handle = await t.tenantry.start.snapshot(acme, { name: 'first', ttlMs: 86_400_000 });
    const taken = await handle.result();
    expect(taken).toMatchObject({ id: acme, state: 'ready', snapshot: 'first' });
    const [snapshot] = await t.tenantry.snapshots(acme);
    expect(snapshot).toMatchObject({ name: 'first', expiresAt: new Date(taken.expiresAt ?? '') });
    const atNeon = await listSnapshots(t.neon, await projectId());
    expect(atNeon.map(({ name }) => name)).toEqual(['first']);
    const lines = (await t.tenantry.history(acme)).filter(({ operation }) => operation === 'snapshot');
    expect(lines.map(({ event }) => event)).toEqual(['began', 'succeeded']);
    const another = await t.tenantry.execute.snapshot(acme);
    expect(another.snapshot).toMatch(/^snapshot-[0-9a-z]{12}$/);
    expect((await t.tenantry.snapshots(acme)).map(({ name }) => name).sort()).toEqual([
      'first',
      another.snapshot,
    ]);
  });

  more('is refused for a name that is taken or is none, and the tenant stays ready', async () => {
    await readyTenant();
    await takeSnapshot('first');
    await t.tenantry.execute.suspend(acme);
    await t.tenantry.execute.resume(acme);
    for (const asked of [{ name: 'first' }, { name: 'No Name' }, { name: 'short', ttlMs: 0.5 }]) {
      const refused = t.tenantry.execute.snapshot(acme, asked);
      await expect(refused).rejects.toMatchObject({ reason: { type: 'RequestUnfit' } });
    }
    expect(await listSnapshots(t.neon, await projectId())).toHaveLength(1);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
  });

  it('leaves none behind when it fails, and takes one, though the reply to the first call is lost', async () => {
    await readyTenant();
    const failure = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/snapshot' },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    const failing = t.tenantry.execute.snapshot(acme, { name: 'first' });
    await expect(failing).rejects.toMatchObject({ reason: { type: 'NeonOperationFailed' } });
    expect(await listSnapshots(t.neon, await projectId())).toEqual([]);
    expect(await t.tenantry.snapshots(acme)).toEqual([]);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
    await failure.lift();
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/snapshot' },
      effect: { kind: 'drop-after-apply' },
    });
    await takeSnapshot('first');
    expect(await listSnapshots(t.neon, await projectId())).toHaveLength(1);
  });
});

describe('restoring a snapshot', () => {
  it('puts the data back behind the same connection string, and keeps what was there', async () => {
    const connection = await readyTenant();
    await write(connection, 'before');
    await takeSnapshot('first');
    await write(connection, 'after');
    const before = await liveBranch();
    const [endpoint] = await listEndpoints(t.neon, await projectId());

    const handle = await t.tenantry.start.restore(acme, { to: { snapshot: 'first' } });
    const restored = await handle.result();
    expect(restored).toMatchObject({ state: 'ready', restoredTo: { snapshot: 'first' } });
    expect(await t.tenantry.connectionString(acme)).toBe(connection);
    expect(await notes(connection)).toEqual(['before']);

    const [present] = await listEndpoints(t.neon, await projectId());
    expect(present).toMatchObject({ id: endpoint?.id, host: endpoint?.host });
    // The live branch is another one: whoever needs it has to ask.
    expect(await liveBranch()).not.toBe(before);
    expect(await branchNames()).toEqual([restored.keptState, 'main']);
    expect((await t.tenantry.keptStates(acme)).map(({ name }) => name)).toEqual([restored.keptState]);

    const undone = await t.tenantry.execute.restore(acme, { to: { state: restored.keptState } });
    expect(await notes(connection)).toEqual(['after', 'before']);
    await t.tenantry.execute.restore(acme, { to: { state: undone.keptState } });
    expect(await notes(connection)).toEqual(['before']);

    const history = await historyText(t.temporal, handle);
    expect(history).toContain('restoreSnapshot');
    expect(history).not.toContain(new URL(connection).password);
    expect(history).not.toContain(new URL(await ownerConnection()).password);
  });

  more('can be followed by another snapshot and another restore', async () => {
    const connection = await readyTenant();
    await write(connection, 'one');
    await takeSnapshot('first');
    await t.tenantry.execute.restore(acme, { to: { snapshot: 'first' } });
    await write(connection, 'two');
    await takeSnapshot('second');
    await write(connection, 'three');
    await t.tenantry.execute.restore(acme, { to: { snapshot: 'second' } });
    expect(await notes(connection)).toEqual(['one', 'two']);
    await t.tenantry.execute.restore(acme, { to: { snapshot: 'first' } });
    expect(await notes(connection)).toEqual(['one']);
    await t.tenantry.execute.suspend(acme);
    await t.tenantry.execute.resume(acme);
    expect(await notes(connection)).toEqual(['one']);
  });

  more('says truly which migrations the restored database has, and applies none', async () => {
    const connection = await readyTenant();
    await takeSnapshot('first');
    worker.shutdown();
    const owner = await ownerConnection();
    await withClient(owner, (client) =>
      client.query("insert into tenantry.migrations (name, run_on) values ('0002_later', now())"),
    );
    worker = await t.startWorker();
    const { keptState, ...restored } = await t.tenantry.execute.restore(acme, {
      to: { snapshot: 'first' },
    });
    expect(restored).toMatchObject({ schemaVersion: '0001_notes' });
    expect(await t.tenantry.get(acme)).toMatchObject({ schemaVersion: '0001_notes' });
    await t.tenantry.execute.restore(acme, { to: { state: keptState } });
    expect(await t.tenantry.get(acme)).toMatchObject({ schemaVersion: '0002_later' });
    expect(await notes(connection)).toEqual([]);
  });

  it('gives the login the password that is published, whatever it had in the snapshot', async () => {
    const connection = await readyTenant();
    const owner = await ownerConnection();
    const { username } = new URL(connection);
    const setPassword = (password: string) =>
      withClient(owner, (client) => client.query(`alter role "${username}" password '${password}'`));
    await setPassword('old');
    await withClient(owner, async (client) => {
      await client.query("create role former login password 'old'");
      await client.query(`grant ${username.replace(/_[a-z]$/, '')} to former`);
    });
    await takeSnapshot('first');
    await setPassword(new URL(connection).password);
    await t.tenantry.execute.restore(acme, { to: { snapshot: 'first' } });
    expect(await notes(connection)).toEqual([]);
    // A login of the tenant's that was replaced since is in the snapshot as well, and must not let anyone in.
    const former = new URL(connection);
    [former.username, former.password] = ['former', 'old'];
    await expect(notes(former.href)).rejects.toThrow(/not permitted to log in/);
  });

  it('is undone when Neon fails, and nothing is left of it', async () => {
    const connection = await readyTenant();
    await takeSnapshot('first');
    await write(connection, 'after');
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/snapshots/*/restore' },
      effect: { kind: 'fail-operation', status: 'error', action: 'swap_binding_id' },
    });
    const failing = t.tenantry.execute.restore(acme, { to: { snapshot: 'first' } });
    await expect(failing).rejects.toMatchObject({ reason: { type: 'NeonOperationFailed' } });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
    expect(await notes(connection)).toEqual(['after']);
    expect(await branchNames()).toEqual(['main']);
    expect(await t.tenantry.keptStates(acme)).toEqual([]);
  });

  it('is undone when it is cancelled after the live branch was replaced', async () => {
    const connection = await readyTenant();
    await takeSnapshot('first');
    await write(connection, 'after');
    const fault = await t.emulator.addFault({
      match: { method: 'PATCH', path: '/projects/*/branches/*' },
      effect: { kind: 'hold-after-apply' },
    });
    const handle = await t.tenantry.start.restore(acme, { to: { snapshot: 'first' } });
    await fault.struck();
    await handle.cancel();
    await fault.lift();
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
    expect(await notes(connection)).toEqual(['after']);
    expect(await branchNames()).toEqual(['main']);
    expect(await t.tenantry.keptStates(acme)).toEqual([]);
    expect(await t.tenantry.execute.snapshot(acme, { name: 'second' })).toMatchObject({
      snapshot: 'second',
    });
  });
});

describe('restoring a time', () => {
  it('brings back what was there then, once though the reply to the first call is lost, and undoes that by the kept state', async () => {
    const connection = await readyTenant();
    await write(connection, 'before');
    const time = await databaseTime(connection);
    await write(connection, 'after');
    const live = await liveBranch();
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/restore', times: 1 },
      effect: { kind: 'drop-after-apply' },
    });

    const { keptState } = await t.tenantry.execute.restore(acme, { to: { time } });
    expect(await notes(connection)).toEqual(['before']);
    expect(await liveBranch()).toBe(live);
    expect(await branchNames()).toEqual([keptState, 'main']);

    await t.tenantry.execute.restore(acme, { to: { state: keptState } });
    expect(await notes(connection)).toEqual(['after', 'before']);
  });

  more('is undone when the logins cannot be renewed', async () => {
    const connection = await readyTenant();
    const time = await databaseTime(connection);
    await write(connection, 'after');
    await t.emulator.addFault({
      match: { method: 'GET', path: '/projects/*/connection_uri' },
      effect: { kind: 'status', status: 400 },
    });
    const failing = t.tenantry.execute.restore(acme, { to: { time } });
    await expect(failing).rejects.toMatchObject({ reason: { type: 'NeonBadRequest' } });
    expect(await notes(connection)).toEqual(['after']);
    expect(await branchNames()).toEqual(['main']);
    expect(await t.tenantry.keptStates(acme)).toEqual([]);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
  });

  more('is undone while there is a copy of the tenant, which keeps the kept state at Neon', async () => {
    const connection = await readyTenant();
    await t.tenantry.execute.branch(acme, { name: 'preview' });
    const time = await databaseTime(connection);
    await write(connection, 'after');
    await t.emulator.addFault({
      match: { method: 'GET', path: '/projects/*/connection_uri' },
      effect: { kind: 'status', status: 400 },
    });
    const failing = t.tenantry.execute.restore(acme, { to: { time } });
    await expect(failing).rejects.toMatchObject({ reason: { type: 'NeonBadRequest' } });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
    expect(await notes(connection)).toEqual(['after']);
    expect(await notes(await t.tenantry.branchConnectionString(acme, 'preview'))).toEqual([]);
    const [kept] = await t.tenantry.keptStates(acme);
    expect(await branchNames()).toEqual([kept?.name, 'main', 'support/preview']);
  });

  it('is refused for what cannot be reached and while the tenant is suspended, before anything is changed', async () => {
    await readyTenant();
    const inADay = new Date(Date.now() + 86_400_000).toISOString();
    const daysAgo = new Date(Date.now() - 3 * 86_400_000).toISOString();
    const unfit = [
      [{ time: inADay }, 'is in the future'],
      [{ time: daysAgo }, 'keeps history for 86400 s'],
      [{ time: 'yesterday' }, 'is no time'],
      [{ snapshot: 'none' }, 'has no snapshot none'],
      [{ state: 'none' }, 'has no state none'],
    ] as const;
    const calls = async () => (await t.emulator.calls()).filter(({ method }) => method !== 'GET').length;
    const before = await calls();
    for (const [to, message] of unfit) {
      await expect(t.tenantry.execute.restore(acme, { to })).rejects.toMatchObject({
        reason: { type: 'RequestUnfit', message: expect.stringContaining(message) },
      });
    }
    expect(await calls()).toBe(before);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready' });
    await t.tenantry.execute.suspend(acme);
    await expect(t.tenantry.start.restore(acme, { to: { snapshot: 'first' } })).rejects.toMatchObject({
      code: 'TENANT_STATE_CONFLICT',
    });
  });

  more('is refused while another operation is under way, and joined by who asks for the same', async () => {
    const connection = await readyTenant();
    const time = await databaseTime(connection);
    const fault = await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/restore' },
      effect: { kind: 'hold-before-apply' },
    });
    const one = await t.tenantry.start.restore(acme, { to: { time } });
    await fault.struck();
    const other = await t.tenantry.start.restore(acme, { to: { time } });
    expect(other.runId).toBe(one.runId);
    await expect(t.tenantry.start.snapshot(acme)).rejects.toMatchObject({ code: 'TENANT_BUSY' });
    await fault.lift();
    await one.result();
  });
});
