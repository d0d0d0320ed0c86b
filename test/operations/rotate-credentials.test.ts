import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appGroupName, appRoleName } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { runTenantry } from '../support/command-line.js';
import { eventually } from '../support/eventually.js';
import { historyText } from '../support/history-text.js';
import { holdTurn } from '../support/hold-turn.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/** The installation of a test: in most, the overlap is over soon. */
let t: TestTenantry;
let quick: TestTenantry;
/** One in which a test ends the overlap itself. */
let patient: TestTenantry;

/** A tenant of each test's own, and its two logins. */
let acme: TenantId;
let first: string;
let second: string;
let made = 0;

beforeAll(async () => {
  quick = await start({ rotationOverlap: 100 });
  patient = await start({ rotationOverlap: 600_000, databaseDeadline: 5_000 });
});

beforeEach(() => {
  t = quick;
  made += 1;
  acme = tenantIdOf(`acme-${made}`);
  first = appRoleName(acme);
  second = `${appGroupName(acme)}_b`;
});

afterEach(() => t.emulator.liftFaults());
afterAll(() => Promise.all([quick.stop(), patient.stop()]));

async function start(timings: object): Promise<TestTenantry> {
  const started = await startTenantry({ fleet: { timings: { ...quickTimings, ...timings } } });
  await started.startWorker();
  return started;
}

async function readyTenant(): Promise<string> {
  await t.tenantry.execute.onboard({ id: acme });
  return t.tenantry.connectionString(acme);
}

const secret = async (kind: 'owner' | 'app' | 'next') =>
  t.catalog.secrets.open({ fleet: t.fleet.name, id: acme }, kind);

const asOwner = async <T>(work: (client: pg.Client) => Promise<T>) =>
  withClient((await secret('owner')) ?? '', work);

const sessionRole = (connectionString: string) =>
  withClient(connectionString, async (client) => {
    const { rows } = await client.query<{ role: string }>('select session_user as role');
    return rows[0]?.role;
  });

const connects = (connectionString: string | undefined) =>
  sessionRole(connectionString ?? '').then(
    () => true,
    () => false,
  );

const logins = () =>
  asOwner(async (client) => {
    const { rows } = await client.query<{ rolname: string; rolcanlogin: boolean }>(
      'select rolname, rolcanlogin from pg_roles where rolname in ($1, $2) order by 1',
      [first, second],
    );
    return Object.fromEntries(rows.map(({ rolname, rolcanlogin }) => [rolname, rolcanlogin]));
  });

/** Holds every step that changes a login, for they take turns under this lock. */
const holdLogins = async () => holdTurn((await secret('owner')) ?? '');

const published = (old: string) =>
  eventually(
    'the new credential is published',
    async () => (await t.tenantry.connectionString(acme)) !== old,
  );

const passwordOf = (connectionString: string | undefined) => new URL(connectionString ?? '').password;

describe('rotating credentials', () => {
  it('gives another login and password with the same rights, and closes the old one and its connections', async () => {
    const old = await readyTenant();
    await withClient(old, (client) => client.query('create table made_before (n int)'));
    const open = new pg.Client({ connectionString: old });
    const ended = new Promise((resolve) => open.on('error', resolve));
    await open.connect();

    const handle = await t.tenantry.start.rotateCredentials(acme);
    expect(await handle.result()).toMatchObject({
      id: acme,
      state: 'ready',
      role: second,
      retired: first,
      ownerReset: false,
      overlapCutShort: false,
    });
    await ended;
    const present = await t.tenantry.connectionString(acme);
    expect(await sessionRole(present)).toBe(second);
    expect(passwordOf(present)).not.toBe(passwordOf(old));
    expect(await connects(old)).toBe(false);
    await withClient(present, async (client) => {
      await client.query('insert into made_before values (1)');
      await client.query('drop table made_before');
    });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', appRole: second });
    expect(await secret('next')).toBeUndefined();
  });

  it('takes turns between two logins', async () => {
    const old = await readyTenant();
    await t.tenantry.execute.rotateCredentials(acme);
    const between = await t.tenantry.connectionString(acme);
    expect(await t.tenantry.execute.rotateCredentials(acme)).toMatchObject({
      role: first,
      retired: second,
    });
    const present = await t.tenantry.connectionString(acme);
    expect(await sessionRole(present)).toBe(first);
    expect([await connects(old), await connects(between)]).toEqual([false, false]);
    expect(await logins()).toEqual({ [first]: true, [second]: false });
  });

  it('is a command, whose answer holds no secret', async () => {
    await readyTenant();
    const { stdout, exitCode } = await runTenantry(['rotate', acme, '--wait', '--json'], t.environment);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      operation: 'rotateCredentials',
      role: second,
      retired: first,
    });
    expect(stdout).not.toContain(passwordOf(await t.tenantry.connectionString(acme)));
  });

  more('works for a tenant that is suspended and resumed afterwards', async () => {
    await readyTenant();
    await t.tenantry.execute.rotateCredentials(acme);
    await t.tenantry.execute.suspend(acme);
    await expect(t.tenantry.start.rotateCredentials(acme)).rejects.toMatchObject({
      code: 'TENANT_STATE_CONFLICT',
      state: 'suspended',
    });
    await t.tenantry.execute.resume(acme);
    expect(await sessionRole(await t.tenantry.connectionString(acme))).toBe(second);
    expect(await logins()).toEqual({ [first]: false, [second]: true });
  });

  it('lets both logins in during the overlap, and nobody start anything else', async () => {
    t = patient;
    const old = await readyTenant();
    const handle = await t.tenantry.start.rotateCredentials(acme);
    await published(old);
    expect(await sessionRole(old)).toBe(first);
    expect(await sessionRole(await t.tenantry.connectionString(acme))).toBe(second);
    expect((await t.tenantry.start.rotateCredentials(acme)).runId).toBe(handle.runId);
    await expect(t.tenantry.start.suspend(acme)).rejects.toMatchObject({ code: 'TENANT_BUSY' });
    await handle.cancel();
    await handle.result();
  });

  it('keeps every password out of the run’s history and out of the audit trail, which has one end', async () => {
    const secrets = [await readyTenant(), (await secret('owner')) ?? ''];
    const handle = await t.tenantry.start.rotateCredentials(acme, { owner: true });
    await handle.result();
    secrets.push(await t.tenantry.connectionString(acme), (await secret('owner')) ?? '');
    expect(new Set(secrets.map(passwordOf)).size).toBe(4);
    const trail = (await t.tenantry.history(acme)).filter(({ runId }) => runId === handle.runId);
    for (const told of [await historyText(t.temporal, handle), JSON.stringify(trail)]) {
      // The scan must be able to see: what is surely there, it finds.
      expect(told).toContain(second);
      for (const password of secrets.map(passwordOf)) expect(told).not.toContain(password);
    }
    expect(trail.map(({ operation, event, state }) => [operation, event, state])).toEqual([
      ['rotateCredentials', 'began', 'updating'],
      ['rotateCredentials', 'succeeded', 'ready'],
    ]);
  });
});

describe('a rotation that goes wrong before the new login is published', () => {
  it('leaves the old one valid and nothing of the new one', async () => {
    const old = await readyTenant();
    // A group that can do too much: that is found when the new login logs in.
    const group = pg.escapeIdentifier(appGroupName(acme));
    await asOwner((client) => client.query(`grant create on database app to ${group}`));
    await expect(t.tenantry.execute.rotateCredentials(acme)).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      reason: {
        type: 'RoleUnfit',
        message: expect.stringMatching(/^the tenant's own role may create schemas$/),
      },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({
      state: 'ready',
      appRole: first,
      failure: { type: 'RoleUnfit' },
    });
    expect(await t.tenantry.connectionString(acme)).toBe(old);
    expect(await connects(old)).toBe(true);
    expect(await secret('next')).toBeUndefined();
    expect(await logins()).toEqual({ [first]: true });
    await asOwner((client) => client.query(`revoke create on database app from ${group}`));
    expect((await t.tenantry.execute.rotateCredentials(acme)).role).toBe(second);
  });

  it('does so as well when it is cancelled', async () => {
    const old = await readyTenant();
    const held = await holdLogins();
    const handle = await t.tenantry.start.rotateCredentials(acme);
    await eventually('the password is sealed', async () => (await secret('next')) !== undefined);
    const made = await secret('next');
    await handle.cancel();
    await held.release();
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', appRole: first });
    expect(await t.tenantry.connectionString(acme)).toBe(old);
    expect([await connects(old), await connects(made)]).toEqual([true, false]);
    expect(await secret('next')).toBeUndefined();
    expect(await logins()).toEqual({ [first]: true });
  });
});

describe('once the new login is published', () => {
  it('a cancellation ends the overlap, and the rotation is done', async () => {
    t = patient;
    const old = await readyTenant();
    const handle = await t.tenantry.start.rotateCredentials(acme);
    await published(old);
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ role: second, retired: first, overlapCutShort: true });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', appRole: second });
    expect(await connects(old)).toBe(false);
    expect(await connects(await t.tenantry.connectionString(acme))).toBe(true);
  });

  it('a failure to close the old one says so, keeps the new one, and the next rotation closes it', async () => {
    t = patient;
    const old = await readyTenant();
    const handle = await t.tenantry.start.rotateCredentials(acme);
    await published(old);
    // A credential of the owner's that does not work locks Tenantry out.
    const owner = new URL((await secret('owner')) ?? '');
    owner.password = 'x';
    await t.catalog.secrets.put({ fleet: t.fleet.name, id: acme }, 'owner', owner.href);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({
      code: 'OPERATION_FAILED',
      reason: {
        type: 'DatabaseUnreachable',
        message: expect.stringContaining(
          `"${second}" is published and works, but "${first}" could not be closed`,
        ),
      },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', appRole: second });
    expect(await connects(await t.tenantry.connectionString(acme))).toBe(true);
    expect(await connects(old)).toBe(true);

    const again = await t.tenantry.start.rotateCredentials(acme, { owner: true });
    await eventually('the old password is dead', async () => !(await connects(old)));
    await eventually('the login is published', async () => (await t.tenantry.get(acme))?.appRole === first);
    await again.cancel();
    await again.result();
    expect(await logins()).toEqual({ [first]: true, [second]: false });
  });
});

describe('rotating the owner’s password too', () => {
  it('seals the one that Neon has then, and it works', async () => {
    await readyTenant();
    const before = await secret('owner');
    expect(await t.tenantry.execute.rotateCredentials(acme, { owner: true })).toMatchObject({
      ownerReset: true,
      role: second,
    });
    expect([await connects(before), await connects(await secret('owner'))]).toEqual([false, true]);
  });

  it('that fails at Neon leaves the application as it was, and the owner with a password that works', async () => {
    const old = await readyTenant();
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/roles/*/reset_password', times: 1 },
      effect: { kind: 'fail-operation', status: 'error' },
    });
    await expect(t.tenantry.execute.rotateCredentials(acme, { owner: true })).rejects.toMatchObject({
      reason: { type: 'NeonOperationFailed' },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', appRole: first });
    expect(await t.tenantry.connectionString(acme)).toBe(old);
    expect([await connects(old), await connects(await secret('owner'))]).toEqual([true, true]);
  });

  it('does not reset it twice when the reply was lost', async () => {
    await readyTenant();
    await t.emulator.addFault({
      match: { method: 'POST', path: '/projects/*/branches/*/roles/*/reset_password', times: 1 },
      effect: { kind: 'drop-after-apply' },
    });
    await t.tenantry.execute.rotateCredentials(acme, { owner: true });
    const project = `/projects/${(await t.tenantry.get(acme))?.projectId}/`;
    const resets = (await t.emulator.calls()).filter(
      ({ path }) => path.startsWith(project) && path.endsWith('/reset_password'),
    );
    expect(resets).toHaveLength(1);
    expect(await connects(await secret('owner'))).toBe(true);
  });
});
