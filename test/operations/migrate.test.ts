import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runTenantry } from '../support/command-line.js';
import { isAwake, putToSleep } from '../support/sleepers.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

let t: TestTenantry;
/** A tenant of each test's own. */
let acme: string;
let made = 0;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, deployGrace: 300 } } });
  await t.startWorker();
});
afterAll(() => t.stop());

beforeEach(async () => {
  made += 1;
  acme = `acme-${made}`;
  await t.removeMigrations();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int);\n');
  await t.tenantry.execute.onboard({ id: acme });
});

const asTheTenant = async (statement: string) =>
  withClient(await t.tenantry.connectionString(acme), async (client) => (await client.query(statement)).rows);

describe('migrating a tenant that is in use', () => {
  it('applies what its database lacks, for its own role to use', async () => {
    await t.writeMigration('0002_tags.sql', 'create table tags (id int);\n');
    await t.writeMigration('0003_more.sql', 'alter table tags add column name text;\n');
    expect(await t.tenantry.execute.migrate(acme)).toMatchObject({
      state: 'ready',
      asleep: false,
      applied: ['0002_tags', '0003_more'],
      schemaVersion: '0003_more',
    });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', schemaVersion: '0003_more' });
    expect(await asTheTenant("insert into tags values (1, 'a') returning name")).toEqual([{ name: 'a' }]);
    // Asked again, there is nothing to apply.
    expect(await t.tenantry.execute.migrate(acme)).toMatchObject({ applied: [], schemaVersion: '0003_more' });
  });

  it('applies no more than it is asked for', async () => {
    await t.writeMigration('0002_tags.sql', 'create table tags (id int);\n');
    await t.writeMigration('0003_more.sql', 'alter table tags add column name text;\n');
    const { exitCode, stdout } = await runTenantry(
      ['migrate', acme, '--to', '0002_tags.sql', '--wait'],
      t.environment,
    );
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: `${acme} is at 0002_tags: 0002_tags applied\n`,
    });
    expect(await asTheTenant('select * from tags')).toEqual([]);
    await expect(asTheTenant('select name from tags')).rejects.toThrow('name');
  });

  it('names the file, the line and the reason of one that fails, and tells what was applied before it', async () => {
    await t.writeMigration('0002_tags.sql', 'create table tags (id int);\n');
    await t.writeMigration('0003_wrong.sql', 'select 1;\nalter table nowhere add column name text;\n');
    await expect(t.tenantry.execute.migrate(acme)).rejects.toMatchObject({
      reason: {
        type: 'MigrationFailed',
        message: expect.stringContaining('0003_wrong.sql'),
        file: '0003_wrong.sql',
        // Postgres gives no position for it.
        line: 2,
        sqlState: '42P01',
      },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({
      state: 'ready',
      schemaVersion: '0002_tags',
      failure: { type: 'MigrationFailed', sqlState: '42P01' },
    });
    expect(await asTheTenant('select * from tags')).toEqual([]);
  });

  it('leaves a database alone whose compute sleeps, if it is asked to, and wakes it otherwise', async () => {
    await t.writeMigration('0002_tags.sql', 'create table tags (id int);\n');
    await putToSleep(t, acme);
    expect(await t.tenantry.execute.migrate(acme, { unlessAsleep: true })).toMatchObject({
      asleep: true,
      applied: [],
    });
    expect(await isAwake(t, acme)).toBe(false);
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', schemaVersion: '0001_notes' });
    expect(await t.tenantry.execute.migrate(acme)).toMatchObject({ asleep: false, applied: ['0002_tags'] });
  });

  it('waits for a worker that has the migration which is asked for, and not for ever', async () => {
    await expect(t.tenantry.execute.migrate(acme, { to: '0009_later' })).rejects.toMatchObject({
      reason: { type: 'UnknownMigration', message: expect.stringContaining('0009_later.sql') },
    });
    expect(await t.tenantry.get(acme)).toMatchObject({ state: 'ready', schemaVersion: '0001_notes' });
  });

  it('is refused of a tenant that is suspended', async () => {
    await t.tenantry.execute.suspend(acme);
    await expect(t.tenantry.execute.migrate(acme)).rejects.toMatchObject({ code: 'TENANT_STATE_CONFLICT' });
  });
});
