import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differences, fingerprintOf } from '../../activities/database/fingerprint.js';
import { appGroupName, appReaderName } from '../../tenancy/naming.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

/*
 * A tenant's tables call the tenant's functions wherever rows are restored or compared: check constraints, domains, generated
 * columns, index expressions, partition keys, materialized views, casts. They do what the one who calls them may.
 */

let t: TestTenantry;
const acme = tenantIdOf('acme');
const key = () => ({ fleet: t.fleet.name, id: acme });
const owner = async () => (await t.catalog.secrets.open(key(), 'owner')) ?? '';

/** Returns its argument, and makes itself a way in if whoever calls lets it, also by roles that can be taken back. */
const evil = `
  create function own.trap() returns void language plpgsql volatile as $$
  declare taken text;
  begin
    foreach taken in array array['', 'reset role', 'set role none', 'set role app_owner'] loop
      begin
        if taken <> '' then execute taken; end if;
        execute format('create role backdoor_%s login createrole password ''x''', pg_backend_pid());
      exception when others then null;
      end;
    end loop;
  end $$;
  -- What is immutable may make no role itself, but may call what does.
  create function own.evil(int) returns int language plpgsql immutable as $$ begin
    perform own.trap();
    return $1;
  end $$`;

const tables = [
  'create domain own.checked as int check (own.evil(value) = value)',
  `create table own.traps (
     id int primary key check (own.evil(id) = id),
     twice int generated always as (own.evil(id) * 2) stored,
     domained own.checked
   )`,
  'create index on own.traps (own.evil(id))',
  'create table own.parts (id int) partition by range (own.evil(id))',
  'create table own.parts_1 partition of own.parts for values from (0) to (1000)',
  'create statistics own.stats on (own.evil(id)), twice from own.traps',
  'create materialized view own.seen as select own.evil(id) as id from own.traps',
  'create table own.child (id int references own.traps)',
  'insert into own.traps (id, domained) select n, n from generate_series(1, 20) n',
  'insert into own.parts select n from generate_series(1, 20) n',
  'insert into own.child select 1',
  `create function own.lie(own.traps) returns text language plpgsql as $$ begin return 'always the same'; end $$`,
  'create cast (own.traps as text) with function own.lie(own.traps) as implicit',
];

beforeAll(async () => {
  t = await startTenantry();
  await t.writeMigration('0001_notes.sql', 'create table notes (id int); insert into notes values (1);');
  await t.startWorker();
  await t.tenantry.execute.onboard({ id: 'acme' });
  await withClient(await t.tenantry.connectionString('acme'), async (client) => {
    for (const statement of [evil, ...tables]) await client.query(statement);
  });
});

afterAll(() => t.stop());

const backdoors = async (connection: string) =>
  withClient(connection, async (client) => {
    const { rows } = await client.query("select rolname from pg_roles where rolname like 'backdoor%'");
    return rows;
  });

describe("a tenant's code", () => {
  it('would make itself a way in if the owner ran it, so that these traps do prove something', async () => {
    await withClient(await owner(), async (client) => {
      await client.query('begin');
      await client.query('select own.evil(1)');
      const { rowCount } = await client.query("select from pg_roles where rolname like 'backdoor%'");
      expect(rowCount).toBe(1);
      await client.query('rollback');
    });
  });

  it('is run by a move as nobody but the tenant, and comes over whole', async () => {
    const moved = await t.tenantry.execute.move('acme');
    expect(moved).toMatchObject({ state: 'ready' });
    expect(await backdoors(await owner())).toEqual([]);
    await withClient(await t.tenantry.connectionString('acme'), async (client) => {
      const { rows } = await client.query(
        `select (select count(*)::int from own.traps) as traps, (select sum(twice)::int from own.traps) as twice,
           (select count(*)::int from own.parts) as parts, (select count(*)::int from own.seen) as seen,
           (select count(*)::int from own.child) as child, (select count(*)::int from notes) as notes`,
      );
      expect(rows).toEqual([{ traps: 20, twice: 420, parts: 20, seen: 20, child: 1, notes: 1 }]);
    });
  });

  it('does not own more after a move than before, and the owner has left its roles', async () => {
    await withClient(await owner(), async (client) => {
      const { rows } = await client.query(
        `select distinct pg_get_userbyid(relowner) as owner from pg_class where relnamespace = 'own'::regnamespace`,
      );
      expect(rows).toEqual([{ owner: appGroupName(acme) }]);
      const { rows: kept } = await client.query(
        "select pg_get_userbyid(relowner) as owner from pg_class where oid = 'public.notes'::regclass",
      );
      expect(kept).toEqual([{ owner: 'app_owner' }]);
      await expect(client.query(`set role ${pg.escapeIdentifier(appGroupName(acme))}`)).rejects.toThrow(
        /permission denied/,
      );
    });
  });

  it('cannot tell the comparison that rows are alike', async () => {
    const roles = { group: appGroupName(acme), except: [appReaderName(acme)] };
    const fingerprint = () =>
      withTakenGroup((client) =>
        client.query('set search_path = pg_catalog').then(() => fingerprintOf(client, roles)),
      );
    const before = await fingerprint();
    await withClient(await t.tenantry.connectionString('acme'), (client) =>
      client.query('update own.traps set domained = 99 where id = 7'),
    );
    expect(differences(before, await fingerprint())).toEqual(['table own.traps']);
    expect(await backdoors(await owner())).toEqual([]);
  });

  it('is not run by a restore, a branch or an export', async () => {
    await t.tenantry.execute.snapshot('acme', { name: 'one' });
    await t.tenantry.execute.restore('acme', { to: { snapshot: 'one' } });
    await t.tenantry.execute.branch('acme', { name: 'copy' });
    expect(await backdoors(await t.tenantry.branchConnectionString('acme', 'copy'))).toEqual([]);
    const handle = await t.tenantry.start.offboard('acme', { graceMs: 600_000, export: true });
    await t.tenantry.start.undoOffboarding('acme');
    await handle.result();
    expect(await backdoors(await owner())).toEqual([]);
  });
});

/** As the owner, a member of the tenant's group as in a move. */
async function withTakenGroup<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const group = pg.escapeIdentifier(appGroupName(acme));
  return withClient(await owner(), async (client) => {
    await client.query(`grant ${group} to current_user`);
    const result = await work(client);
    await client.query(`revoke ${group} from current_user`);
    return result;
  });
}
