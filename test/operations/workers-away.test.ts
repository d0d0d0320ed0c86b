import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OperationHandle } from '../../client/index.js';
import type { FleetDefinition } from '../../tenancy/fleet.js';
import type { TenantryWorker } from '../../worker/create-worker.js';
import { eventually } from '../support/eventually.js';
import { firstOf, more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

vi.setConfig({ testTimeout: 90_000 });

/** Less than the workers are away for, and far less than work may take when all is well. */
const deadlines = { databaseDeadline: 500, hookDeadline: 500 };
const longerThanAll = 1_200;

let t: TestTenantry;
let worker: TenantryWorker;

async function start({ timings, ...fleet }: Partial<FleetDefinition> = {}): Promise<void> {
  t = await startTenantry({
    fleet: { ...fleet, timings: { ...quickTimings, ...deadlines, rotationOverlap: 50, ...timings } },
  });
  worker = await t.startWorker();
}

afterEach(() => t.stop());

/** Begins something that cannot succeed yet, takes the workers away in the middle, and brings them back too late. */
async function awayDuring<Result>(
  begin: () => Promise<OperationHandle<Result>>,
  isInTheMiddle: () => Promise<void>,
  whileAway: () => Promise<unknown>,
): Promise<OperationHandle<Result>> {
  const handle = await begin();
  await isInTheMiddle();
  worker.shutdown();
  await sleep(longerThanAll);
  await whileAway();
  worker = await t.startWorker();
  return handle;
}

/** The same, where what it cannot do is to connect to any database. */
async function awayWhileRefused<Result>(
  begin: () => Promise<OperationHandle<Result>>,
): Promise<OperationHandle<Result>> {
  const fault = await refuseConnections();
  return awayDuring(begin, fault.struck, fault.lift);
}

const refuseConnections = () =>
  t.emulator.addFault({ match: { times: 1_000_000 }, effect: { kind: 'connection-refuse' } });

async function readyTenant(): Promise<void> {
  await t.tenantry.execute.onboard({ id: 'acme' });
}

const connects = async () => {
  const connection = await t.tenantry.connectionString('acme');
  await withClient(connection, (client) => client.query('select 1'));
};

describe('with all workers away for longer than every deadline', () => {
  it('an onboarding ends as if nothing had been', async () => {
    await start();
    const handle = await awayWhileRefused(() => t.tenantry.start.onboard({ id: 'acme' }));
    expect(await handle.result()).toMatchObject({ state: 'ready' });
    await connects();
  });

  more('a rotation and a resumption do', async () => {
    await start();
    await readyTenant();
    const rotation = await awayWhileRefused(() => t.tenantry.start.rotateCredentials('acme'));
    expect(await rotation.result()).toMatchObject({ state: 'ready' });
    await t.tenantry.execute.suspend('acme');
    const resumption = await awayWhileRefused(() => t.tenantry.start.resume('acme'));
    expect(await resumption.result()).toMatchObject({ state: 'ready' });
    await connects();
  });

  more('a move does', async () => {
    await start();
    await readyTenant();
    const handle = await awayWhileRefused(() => t.tenantry.start.move('acme'));
    expect(await handle.result()).toMatchObject({ state: 'ready' });
    await connects();
  });

  it('a hook is called again', async () => {
    let called = 0;
    let mayGoOn = false;
    await start({
      hooks: {
        async onboarded() {
          called += 1;
          if (!mayGoOn) throw new Error('the mail server is away');
        },
      },
    });
    const handle = await awayDuring(
      () => t.tenantry.start.onboard({ id: 'acme' }),
      () => eventually('the hook has failed', async () => called > 0),
      async () => {
        mayGoOn = true;
      },
    );
    expect(await handle.result()).toMatchObject({ state: 'ready' });
  });

  more('an undo is not given up, however long the database refuses', async () => {
    await start();
    await readyTenant();
    const handle = await awayDuring(
      async () => {
        const begun = await t.tenantry.start.suspend('acme');
        await eventually('the quota is lowered', async () =>
          (await t.emulator.calls()).some(
            ({ method, path }) => method === 'PATCH' && path.startsWith('/projects/'),
          ),
        );
        return begun;
      },
      async () => {
        const fault = await refuseConnections();
        await (await t.tenantry.lastOperation('acme'))?.cancel();
        await fault.struck();
        // With workers there, too.
        await sleep(deadlines.databaseDeadline * 2);
        lift = fault.lift;
      },
      () => lift(),
    );
    await expect(handle.result()).rejects.toMatchObject({ code: 'OPERATION_CANCELLED' });
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready', failure: { type: 'Cancelled' } });
    await connects();
  });
});

let lift: () => Promise<void>;

describe('a deadline', () => {
  more('ends a step that is worked on in vain, in its own words', async () => {
    await start();
    await refuseConnections();
    await expect(t.tenantry.execute.onboard({ id: 'acme' })).rejects.toMatchObject({
      reason: { type: 'DatabaseUnreachable', message: expect.stringContaining('starting up') },
    });
    expect(await t.emulator.liveProjects()).toEqual([]);
  });

  it.each(
    firstOf([
      ['lost with its worker', 'SIGKILL'],
      ['cut off because its worker was told to stop', 'SIGTERM'],
    ] as const),
  )('is whole again for the attempt after one that was %s', async (_, signal) => {
    await start({ timings: { migrationsDeadline: 4_000, heartbeat: 500 } });
    worker.shutdown();
    await t.writeMigration('0001_slow.sql', 'select pg_sleep(2.5);\n');
    const first = await startKillableWorker(t, { TENANTRY_SHUTDOWN_GRACE_SECONDS: '0.2' });
    const handle = await t.tenantry.start.onboard({ id: 'acme' });
    await eventually('the migration runs', async () => {
      const [tenant] = (await t.tenantry.list()).tenants;
      const owner = tenant && (await t.catalog.secrets.open(tenant, 'owner'));
      if (owner === undefined) return false;
      return withClient(owner, async (client) => {
        const { rowCount } = await client.query(
          "select from pg_stat_activity where query like '%pg_sleep%' and pid <> pg_backend_pid()",
        );
        return rowCount !== 0;
      }).catch(() => false);
    });
    await sleep(1_500);
    await first.stop(signal);
    worker = await t.startWorker();
    expect(await handle.result()).toMatchObject({ state: 'ready' });
  });
});
