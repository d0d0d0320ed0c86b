import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { appGroupName } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { eventually } from '../support/eventually.js';
import { liveProjectsOf } from '../support/live-projects.js';
import { longForm } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';
import { type Insistent, releaseThief } from './thief.js';

let t: TestTenantry;
let stolen: string;
let thief: Insistent;

/** The longest that an operation may take: its steps on the database have this as their deadline. */
const deadline = 40_000;

vi.setConfig({ testTimeout: 150_000 });

beforeAll(async () => {
  t = await startTenantry({
    fleet: { timings: { ...quickTimings, shortStep: 10_000, databaseDeadline: deadline } },
  });
  await t.startWorker();
});
afterAll(() => t.stop());

/** A tenant of each test's own. */
let acme: TenantId;
let made = 0;

beforeEach(async () => {
  made += 1;
  acme = tenantIdOf(`acme-${made}`);
  await t.tenantry.execute.onboard({ id: acme });
  stolen = await t.tenantry.connectionString(acme);
});

/**
 * What an operation has to win against is the locks and the coming back, and a dozen connections do that. That all connections
 * are taken has a test of its own; both at once, at more than three times the processor time, are left to the long form.
 */
const greed = longForm ? 97 : 12;

async function isRobbed(by: { readonly greed: number }): Promise<void> {
  thief = releaseThief(stolen, by);
  await thief.firstIn;
}

afterEach(async () => {
  await thief.leave();
});

const getsIn = (connection: string) =>
  withClient(connection, async () => {}).then(
    () => true,
    () => false,
  );

const key = () => ({ fleet: t.fleet.name, id: acme });

async function asOwner<T>(statement: string, values: readonly unknown[] = []): Promise<T[]> {
  const owner = (await t.catalog.secrets.open(key(), 'owner')) ?? '';
  return withClient(owner, async (client) => (await client.query(statement, [...values])).rows);
}

describe('somebody who has the credential, and fights for it, is out after', () => {
  it('a suspension, with the login closed', async () => {
    await isRobbed({ greed });
    const suspended = await t.tenantry.execute.suspend(acme);
    expect(suspended).toMatchObject({ state: 'suspended', loginClosed: true });
    expect(suspended.seconds).toBeLessThan(deadline / 1000);
    expect(await getsIn(stolen)).toBe(false);
    expect(await thief.leave()).toEqual({ hadConnection: false });
  });

  it('a rotation at once, and the new login works', async () => {
    await isRobbed({ greed });
    const rotated = await t.tenantry.execute.rotateCredentials(acme, { now: true });
    expect(rotated.seconds).toBeLessThan(2 * (deadline / 1000));
    expect(await getsIn(stolen)).toBe(false);
    expect(await getsIn(await t.tenantry.connectionString(acme))).toBe(true);
    expect(await thief.leave()).toEqual({ hadConnection: false });
    const rows = await asOwner(
      `select r.rolname from pg_roles r join pg_stat_activity a on a.usename = r.rolname
       where pg_has_role(r.oid, $1, 'member') and r.rolname <> current_user and not r.rolsuper`,
      [appGroupName(key().id)],
    );
    expect(rows).toEqual([]);
  });

  it('an offboarding', async () => {
    await isRobbed({ greed });
    const handle = await t.tenantry.start.offboard(acme, { graceMs: 0 });
    expect(await handle.result()).toMatchObject({ state: 'offboarded' });
    expect(await getsIn(stolen)).toBe(false);
    expect(await thief.leave()).toEqual({ hadConnection: false });
    expect(await liveProjectsOf(t, acme)).toEqual([]);
  });
});

describe('the owner', () => {
  it('has room beside somebody who takes all connections that he can get', async () => {
    await isRobbed({ greed: 97 });
    const taken = async () => {
      const [row] = await asOwner<{ n: number; most: number }>(
        `select count(*)::int as n, current_setting('max_connections')::int as most
         from pg_stat_activity where backend_type = 'client backend'`,
      );
      return row;
    };
    // Whoever is still being asked for a password counts towards nobody's limit, so it may take the owner a few tries.
    let found: { n: number; most: number } | undefined;
    await eventually('the owner is in, and he has most of the others', async () => {
      found = await taken().catch(() => undefined);
      return (found?.n ?? 0) > 50;
    });
    expect(found?.n).toBeLessThan(found?.most ?? 0);
  });
});
