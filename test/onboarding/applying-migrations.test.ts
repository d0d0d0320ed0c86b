import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { createExistingProject } from '../support/existing-project.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    fleet: { timings: { ...quickTimings, migrationLock: 50, migrationStatement: 400 } },
  });
  await t.startWorker();
});
afterEach(() => t.removeMigrations());
afterAll(() => t.stop());

/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeEach(() => {
  made += 1;
  acme = `acme-${made}`;
});

const query = (connectionString: string, sql: string): Promise<unknown[]> =>
  withClient(connectionString, async (client) => (await client.query(sql)).rows);

/** A database that was there before the fleet's migrations, with rows in it. */
async function existingDatabase(sql: string) {
  const { project, connection_uris } = await createExistingProject(t, { name: `shop-${made}` });
  const owner = connection_uris[0]?.connection_uri ?? '';
  await eventually('the database answers', () =>
    query(owner, 'select 1').then(
      () => true,
      () => false,
    ),
  );
  await query(owner, sql);
  return { owner, adopt: () => adopt(project.id) };
}

async function adopt(projectId: string) {
  const handle = await t.tenantry.start.adopt(acme, { projectId, migrate: true });
  return handle.result().then(
    ({ state }) => state,
    (error: { reason?: unknown }) => error.reason ?? error,
  );
}

const ledger = (owner: string) => query(owner, 'select name from tenantry.migrations order by id');
const failedWith = (message: RegExp) =>
  expect.objectContaining({ type: 'MigrationFailed', message: expect.stringMatching(message) });

describe('a file of migrations', () => {
  it('is whole, with its line in the ledger, and those before it stay', async () => {
    const { owner, adopt } = await existingDatabase('select');
    await t.writeMigration(
      '1_good.sql',
      'create table good (id int);\ncreate role passing nologin; grant passing to current_user; set role passing;\n',
    );
    await t.writeMigration('2_bad.sql', 'create table half (id int);\nselect 1 / 0;\n');
    expect(await adopt()).toEqual(failedWith(/^migration 2_bad\.sql, line 2: division_by_zero \(22012\)$/));
    expect(await ledger(owner)).toEqual([{ name: '1_good' }]);
    expect(await query(owner, "select to_regclass('good') as good, to_regclass('half') as half")).toEqual([
      { good: 'good', half: null },
    ]);
  });

  it('that was changed since it was applied is refused, before anything is done', async () => {
    const { owner, adopt } = await existingDatabase('select');
    await t.writeMigration('1_good.sql', 'create table good (id int);\n');
    await t.writeMigration('2_bad.sql', 'select 1 / 0;\n');
    await adopt();
    await t.writeMigration('1_good.sql', 'create table good (id bigint);\n');
    await t.writeMigration('2_bad.sql', 'create table bad (id int);\n');
    expect(await adopt()).toEqual(failedWith(/^migration 1_good\.sql was changed after it was applied here/));
    expect(await ledger(owner)).toEqual([{ name: '1_good' }]);
    await t.writeMigration('1_good.sql', 'create table good (id int);\n');
    expect(await adopt()).toBe('ready');
  });

  it('whose number comes before what was applied is refused', async () => {
    const { adopt } = await existingDatabase('select');
    await t.writeMigration('2_good.sql', 'create table good (id int);\n');
    await t.writeMigration('3_bad.sql', 'select 1 / 0;\n');
    await adopt();
    await t.writeMigration('1_late.sql', 'create table late (id int);\n');
    expect(await adopt()).toEqual(
      failedWith(/^migration 1_late\.sql comes before 2_good\.sql, which was applied here already/),
    );
  });

  it('whose statement takes longer than the fleet allows fails by name, and may allow itself more', async () => {
    await t.writeMigration('1_slow.sql', '\nselect pg_sleep(5);\n');
    await expect(t.tenantry.execute.onboard({ id: acme })).rejects.toMatchObject({
      reason: {
        type: 'MigrationFailed',
        message: expect.stringMatching(/^migration 1_slow\.sql, line 2: query_canceled \(57014\)/),
      },
    });
    await t.writeMigration('1_slow.sql', "set statement_timeout = '10s';\nselect pg_sleep(0.6);\n");
    await t.tenantry.execute.onboard({ id: acme });
  });

  it('has the time that the fleet gives it, whatever the database says of its sessions', async () => {
    const { adopt } = await existingDatabase(
      'alter database shop set transaction_timeout = 150; alter database shop set default_transaction_read_only = on',
    );
    await t.writeMigration('1_slow.sql', 'create table slow (id int);\nselect pg_sleep(0.3);\n');
    expect(await adopt()).toBe('ready');
  });

  it('that waits for a lock lets go and tries again, and holds nobody up meanwhile', async () => {
    const { owner, adopt } = await existingDatabase("create table orders as select 'kept' as note");
    await t.writeMigration(
      '1_more.sql',
      'create table more (id int);\nalter table orders add column more text;\n',
    );
    await withClient(owner, async (client) => {
      await client.query('begin');
      await client.query('select * from orders');
      const adopting = adopt();
      await eventually('it waits for the lock', async () => {
        const waiting = await query(
          owner,
          "select from pg_locks where not granted and mode = 'AccessExclusiveLock'",
        );
        return waiting.length > 0;
      });
      // Whoever reads comes behind it in the queue for the lock, and is through once it has let go.
      await query(owner, "set statement_timeout = '5s'; select * from orders");
      await client.query('commit');
      expect(await adopting).toBe('ready');
    });
    expect(await ledger(owner)).toEqual([{ name: '1_more' }]);
  });
});

describe('a file without a transaction', () => {
  it('makes an index while everyone writes, and is in the ledger', async () => {
    await t.writeMigration('1_notes.sql', 'create table notes (body text);\n');
    await t.writeMigration(
      '2_index.sql',
      '-- tenantry: no transaction\ncreate index concurrently if not exists notes_body on notes (body);\n',
    );
    await t.tenantry.execute.onboard({ id: acme });
    const owner =
      (await t.catalog.secrets.open({ fleet: t.fleet.name, id: tenantIdOf(acme) }, 'owner')) ?? '';
    expect(await ledger(owner)).toEqual([{ name: '1_notes' }, { name: '2_index' }]);
    expect(
      await query(owner, "select indisvalid from pg_index where indexrelid = 'notes_body'::regclass"),
    ).toEqual([{ indisvalid: true }]);
  });

  it('makes it anew where a try before left one that is of no use', async () => {
    const { owner, adopt } = await existingDatabase(
      "create table orders (note text); insert into orders values ('twice'), ('twice')",
    );
    await t.writeMigration(
      '1_unique.sql',
      `-- tenantry: no transaction\ncreate unique index concurrently if not exists "Orders ${'n'.repeat(70)}" on orders (note);\n`,
    );
    const name = `"Orders ${'n'.repeat(70)}"`;
    const valid = `select indisvalid from pg_index where indexrelid = '${name}'::regclass`;
    expect(await adopt()).toEqual(
      failedWith(
        /^migration 1_unique\.sql, line 2: unique_violation \(23505\) on table public\.orders, constraint Orders n+$/,
      ),
    );
    expect(await query(owner, valid)).toEqual([{ indisvalid: false }]);
    await query(owner, 'delete from orders where ctid = (select min(ctid) from orders)');
    expect(await adopt()).toBe('ready');
    expect(await query(owner, valid)).toEqual([{ indisvalid: true }]);
  });
});
