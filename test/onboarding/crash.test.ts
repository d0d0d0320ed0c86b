import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OnboardingHandle } from '../../client/index.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;

beforeEach(async () => {
  t = await startTenantry();
});

afterEach(() => t.stop());

/** Brings a run to a moment and holds it there; what it returns lets go. */
type Moment = (handle: OnboardingHandle) => Promise<() => Promise<void>>;

const holdCall =
  (method: string, path: string, kind: string): Moment =>
  async () => {
    const hold = await t.emulator.addFault({ match: { method, path }, effect: { kind } });
    await hold.struck();
    return hold.lift;
  };

const moments: Record<string, Moment> = {
  'before Neon makes the project': holdCall('POST', '/projects', 'hold-before-apply'),
  'after the project is made, before the answer is read': holdCall('POST', '/projects', 'hold-after-apply'),
  'while operations run': holdCall('GET', '/projects/*/operations', 'hold-before-apply'),
  async 'during the migrations'(handle) {
    // A table that the migration wants is held by somebody else, for as long as the test likes.
    const tenant = { fleet: t.fleet.name, id: handle.tenantId };
    let owner: string | undefined;
    await eventually('the owner is known', async () => {
      owner = await t.catalog.secrets.open(tenant, 'owner');
      return owner !== undefined;
    });
    const url = owner ?? '';
    await eventually('the migration waits', () =>
      withClient(url, async (client) => {
        const { rows } = await client.query(
          "select from pg_stat_activity where query like '%pg_sleep(3)%' and pid <> pg_backend_pid()",
        );
        return rows.length > 0;
      }).catch(() => false),
    );
    return async () => {};
  },
  async 'before it is published'(handle) {
    // Publishing changes the tenant's row, so whoever holds the row holds it up.
    const url = t.environment.TENANTRY_CATALOG_URL ?? '';
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await eventually('the role is verified', async () => {
      const progress = await t.temporal.workflow
        .getHandle(handle.workflowId)
        .query<{ status: string }[]>('progress');
      return progress[4]?.status === 'done';
    });
    const holding = withClient(url, async (client) => {
      await client.query('begin');
      await client.query('select from tenantry.tenants for update');
      await released;
      await client.query('rollback');
    });
    await eventually('publishing waits for the row', () =>
      withClient(url, async (client) => {
        const { rows } = await client.query(
          "select from pg_stat_activity where wait_event_type = 'Lock' and query like 'update %tenants%'",
        );
        return rows.length > 0;
      }),
    );
    return async () => {
      release();
      await holding;
    };
  },
};

describe('a worker that is killed', () => {
  it.each(Object.entries(moments))('%s leaves the outcome as it would have been', async (_, reach) => {
    await t.writeMigration('0001_documents.sql', 'create table documents (id int);\nselect pg_sleep(3);\n');
    const first = await startKillableWorker(t);
    const handle = await t.tenantry.onboard({ id: 'acme' });
    const letGo = await reach(handle);
    await first.stop('SIGKILL');
    await letGo();

    const second = await startKillableWorker(t);
    const { projectId } = await handle.ready();
    expect((await t.emulator.liveProjects()).map(({ id }) => id)).toEqual([projectId]);
    expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready', projectId });
    await withClient(await t.tenantry.connectionString('acme'), async (client) => {
      await client.query('insert into documents values (1)');
    });
    await second.stop();
  });
});
