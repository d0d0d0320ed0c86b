import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { appGroupName, appRoleName } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { runTenantry } from '../support/command-line.js';
import { firstOf } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;
const key = () => ({ fleet: t.fleet.name, id: acme });

let shared: TestTenantry;

beforeAll(async () => {
  shared = await start();
});

afterAll(() => shared.stop());

async function start(): Promise<TestTenantry> {
  const started = await startTenantry({
    fleet: { logins: ['reports'], timings: { ...quickTimings, rotationOverlap: 100 } },
  });
  await started.startWorker();
  return started;
}

/** A tenant of each test's own. */
let acme: TenantId;
let made = 0;

beforeEach(() => {
  t = shared;
  made += 1;
  acme = tenantIdOf(`acme-${made}`);
});

const onboard = () => t.tenantry.execute.onboard({ id: acme });

async function asOwner<T extends object>(statement: string): Promise<T[]> {
  const owner = (await t.catalog.secrets.open(key(), 'owner')) ?? '';
  return withClient(owner, async (client) => (await client.query<T>(statement)).rows);
}

const unfit = (name: string) => ({
  code: 'OPERATION_FAILED',
  reason: { type: 'RoleUnfit', message: expect.stringContaining(`"${name}" can log in`) },
});

describe('a login that nobody accounts for', () => {
  it('fails whatever opens the database, by its name, and the fleet may have logins of its own', async () => {
    await onboard();
    await asOwner("create role reports login password 'x'");
    await t.tenantry.execute.rotateCredentials(acme);
    await asOwner("create role backdoor login password 'x'");

    const rotating = await t.tenantry.start.rotateCredentials(acme, { now: true });
    await expect(rotating.result()).rejects.toMatchObject(unfit('backdoor'));
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', failure: { type: 'RoleUnfit' } });
    const branching = await t.tenantry.start.branch(acme, { name: 'copy' });
    await expect(branching.result()).rejects.toMatchObject(unfit('backdoor'));

    // Whoever it is, he is shut out.
    await t.tenantry.execute.suspend(acme);
    const resuming = await t.tenantry.start.resume(acme);
    await expect(resuming.result()).rejects.toMatchObject(unfit('backdoor'));
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'suspended' });
  });
});

describe('a tenant of an earlier release', () => {
  /** What the catalog and the database said of one. */
  async function makeEarlier(): Promise<void> {
    const [group, login] = [appGroupName(acme), appRoleName(acme)];
    await asOwner(
      `grant create on schema public to "${group}"; alter role "${login}" connection limit -1; drop schema own cascade`,
    );
    await withClient(t.environment.TENANTRY_CATALOG_URL ?? '', (client) =>
      client.query(
        `update tenantry.tenants set access = null where id = '${acme}';
         update tenantry.projects set known_logins = '[]' where tenant_id = '${acme}'`,
      ),
    );
  }

  const rights = () =>
    asOwner<{ creates: boolean; most: number }>(
      `select has_schema_privilege(rolname, 'public', 'create') as creates, rolconnlimit as most
       from pg_roles where rolcanlogin and rolname like '${appGroupName(acme)}%'`,
    );

  const doctor = async () => {
    const { stdout } = await runTenantry(['doctor', '--json'], t.environment);
    const checks = JSON.parse(stdout) as { check: string; status: string; message: string }[];
    return checks.find(({ check }) => check === 'roles');
  };

  it('is told of by doctor, and held to the present rules by its next operation', async () => {
    // Doctor looks at all tenants of an installation.
    t = await start();
    onTestFinished(() => t.stop());
    await onboard();
    expect(await doctor()).toMatchObject({ status: 'ok' });
    await makeEarlier();
    expect(await rights()).toEqual([{ creates: true, most: -1 }]);
    expect(await doctor()).toMatchObject({
      status: 'problem',
      message: expect.stringContaining('the role of one tenant is held to other rules'),
    });
    await t.tenantry.execute.rotateCredentials(acme);
    expect(await rights()).toEqual([{ creates: false, most: expect.any(Number) }]);
    expect((await rights())[0]?.most).toBeGreaterThan(0);
    expect(await doctor()).toMatchObject({ status: 'ok' });
    await withClient(await t.tenantry.connectionString(acme), (client) =>
      client.query('create table mine ()'),
    );
  });

  it.each(firstOf(['restore', 'resume', 'move'] as const))(
    'is held to them by a %s as well',
    async (operation) => {
      await onboard();
      if (operation === 'restore') await t.tenantry.execute.snapshot(acme, { name: 'one' });
      await makeEarlier();
      if (operation === 'restore') await t.tenantry.execute.restore(acme, { to: { snapshot: 'one' } });
      if (operation === 'move') await t.tenantry.execute.move(acme);
      if (operation === 'resume') {
        await t.tenantry.execute.suspend(acme);
        await t.tenantry.execute.resume(acme);
      }
      expect(await rights()).toEqual([{ creates: false, most: expect.any(Number) }]);
    },
  );

  it('has no hook run as the owner while code of its own stands in public', async () => {
    await onboard();
    await makeEarlier();
    await withClient(await t.tenantry.connectionString(acme), (client) =>
      client.query(
        'create function public.lower(name) returns text language plpgsql as $$ begin return current_user; end $$',
      ),
    );
    const owner = (await t.catalog.secrets.open(key(), 'owner')) ?? '';
    const { withFleetSession } = await import('../../activities/database/sql/fleet-session.js');
    await expect(
      withFleetSession(owner, appGroupName(acme), new AbortController().signal, (client) =>
        client.query('select lower(current_user)'),
      ),
    ).rejects.toMatchObject({
      type: 'RoleUnfit',
      message: expect.stringContaining('function public.lower(name)'),
    });
  });
});
