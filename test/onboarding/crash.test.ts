import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { startKillableWorker } from '../support/worker-process.js';

let t: TestTenantry;
/** Connections that a test holds until its end. */
let held: pg.Client[];

beforeEach(async () => {
  t = await startTenantry();
  held = [];
});

afterEach(async () => {
  await Promise.all(held.map((client) => client.end()));
  await t.stop();
});

async function hold(connectionString: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: name });
  client.on('error', () => {});
  await client.connect();
  held.push(client);
  return client;
}

/** Goes on once somebody is connected under the name `let-go`, and not before. */
const waitingMigration = `do $$ begin
  while not exists (select from pg_stat_activity where application_name = 'let-go') loop
    perform pg_sleep(0.02);
    perform pg_stat_clear_snapshot();
  end loop;
end $$;`;

/** The owner's connection string, once the migration waits. */
async function migrationWaits(): Promise<string> {
  let owner = '';
  await eventually('the migration waits', async () => {
    const [tenant] = (await t.tenantry.list()).tenants;
    owner = (tenant && (await t.catalog.secrets.open(tenant, 'owner'))) ?? '';
    if (owner === '') return false;
    return withClient(owner, async (client) => {
      const { rows } = await client.query(
        "select from pg_stat_activity where query like '%let-go%' and pid <> pg_backend_pid()",
      );
      return rows.length > 0;
    }).catch(() => false);
  });
  return owner;
}

/** Brings a run to a moment and holds it there; what it returns lets go. */
type Moment = () => Promise<() => Promise<unknown>>;

const holdCall =
  (method: string, path: string, kind: string): Moment =>
  async () => {
    const fault = await t.emulator.addFault({ match: { method, path }, effect: { kind } });
    await fault.struck();
    return fault.lift;
  };

const moments: Record<string, { readonly migration?: string; readonly reach: Moment }> = {
  'before Neon makes the project': { reach: holdCall('POST', '/projects', 'hold-before-apply') },
  'after the project is made, before the answer is read': {
    reach: holdCall('POST', '/projects', 'hold-after-apply'),
  },
  'while operations run': { reach: holdCall('GET', '/projects/*/operations', 'hold-before-apply') },
  'during the migrations': {
    migration: waitingMigration,
    async reach() {
      const owner = await migrationWaits();
      return () => hold(owner, 'let-go');
    },
  },
  'before it is published': {
    migration: waitingMigration,
    async reach() {
      const owner = await migrationWaits();
      // Publishing adds to the tenant's history, so whoever holds that holds it up, and nothing before it.
      const catalog = await hold(t.environment.TENANTRY_CATALOG_URL ?? '', 'holder');
      await catalog.query('begin');
      await catalog.query('lock table tenantry.history in share mode');
      await hold(owner, 'let-go');
      await eventually('publishing waits for it', () =>
        withClient(t.environment.TENANTRY_CATALOG_URL ?? '', async (client) => {
          const { rows } = await client.query(
            "select from pg_stat_activity where wait_event_type = 'Lock' and query like 'insert into %history%'",
          );
          return rows.length > 0;
        }),
      );
      return () => catalog.query('rollback');
    },
  },
};

describe('a worker that is killed', () => {
  it.each(Object.entries(moments))(
    '%s leaves the outcome as it would have been',
    async (_, { migration = '', reach }) => {
      await t.writeMigration('0001_documents.sql', `create table documents (id int);\n${migration}\n`);
      const first = await startKillableWorker(t);
      const handle = await t.tenantry.start.onboard({ id: 'acme' });
      const letGo = await reach();
      await first.stop('SIGKILL');
      await letGo();

      const second = await startKillableWorker(t);
      const { projectId } = await handle.result();
      expect((await t.emulator.liveProjects()).map(({ id }) => id)).toEqual([projectId]);
      expect(await t.tenantry.get('acme')).toMatchObject({ state: 'ready', projectId });
      await withClient(await t.tenantry.connectionString('acme'), async (client) => {
        await client.query('insert into documents values (1)');
      });
      await second.stop();
    },
  );
});
