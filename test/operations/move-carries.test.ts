import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OperationFailedError } from '../../client/index.js';
import { appGroupName } from '../../tenancy/naming.js';
import { historyText } from '../support/history-text.js';
import { more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;

beforeAll(async () => {
  t = await startTenantry({
    fleet: { appRole: {}, logins: ['writer'], timings: { ...quickTimings, moveGrace: 600_000 } },
  });
  await t.startWorker();
});
afterAll(() => t.stop());

let tenants = 0;

/** A tenant of the test's own, in whose database its owner has done all that. */
async function tenantWith(...sql: readonly string[]): Promise<string> {
  tenants += 1;
  const id = `tenant-${tenants}`;
  await t.tenantry.execute.onboard({ id });
  for (const statement of sql) await asOwner(id, statement);
  return id;
}

async function asOwner(id: string, sql: string): Promise<unknown[]> {
  const tenant = await t.tenantry.get(id);
  const owner = tenant && (await t.catalog.secrets.open(tenant, 'owner'));
  return rowsOf(owner ?? '', sql);
}

const asApp = async (id: string, sql: string) => rowsOf(await t.tenantry.connectionString(id), sql);

const rowsOf = (connectionString: string, sql: string): Promise<unknown[]> =>
  withClient(connectionString, async (client) => (await client.query(sql)).rows);

const move = async (id: string) => t.tenantry.execute.move(id);

/** Of a move that fails; and no step of it closed writes. */
async function refusedAtOnce(
  id: string,
  request: { readonly leaveBehind?: readonly string[] } = {},
): Promise<{ type: string; message: string }> {
  const handle = await t.tenantry.start.move(id, request);
  const reason = await handle.result().then(
    () => expect.fail('it moves'),
    (error: OperationFailedError) => error.reason,
  );
  expect(await historyText(t.temporal, handle)).not.toContain('closeWrites');
  expect(await t.tenantry.get(id)).toMatchObject({ state: 'ready' });
  return reason;
}

describe('a move brings what no dump has', () => {
  it('what sessions begin with, settings of the database and of its owner, and what is said of it', async () => {
    const id = await tenantWith(
      `create schema shop; create table shop.carts (id int); grant usage on schema shop to public; grant select on shop.carts to public`,
      `do $$ begin
         execute format('alter database %I set search_path = shop, "Odd, name", public', current_database());
         execute format('alter database %I set timezone = %L', current_database(), 'Asia/Tokyo');
         execute format('alter database %I set application_name = %L', current_database(), 'shop, or ''more''');
         execute format('alter role %I set work_mem = %L', current_user, '7MB');
         execute format('alter role %I in database %I set search_path = shop', current_user, current_database());
         execute format('comment on database %I is %L', current_database(), 'Acme''s');
       end $$`,
    );
    const look = `select current_setting('search_path') as path, current_setting('timezone') as zone,
      current_setting('application_name') as name, current_setting('work_mem') as memory, to_regclass('carts') is not null as found,
      shobj_description(oid, 'pg_database') as said from pg_database where datname = current_database()`;
    const before = { app: await asApp(id, look), owner: await asOwner(id, look) };
    expect(before.app).toEqual([
      {
        path: 'shop, "Odd, name", public',
        zone: 'Asia/Tokyo',
        name: "shop, or 'more'",
        memory: '4MB',
        found: true,
        said: "Acme's",
      },
    ]);
    expect(before.owner).toMatchObject([{ path: 'shop', memory: '7MB' }]);
    await move(id);
    expect({ app: await asApp(id, look), owner: await asOwner(id, look) }).toEqual(before);
    expect(await asApp(id, 'select * from carts')).toEqual([]);
  });

  more(
    "publications, of the tenant's tables too, an extension's settings, and how many may connect",
    async () => {
      const id = await tenantWith(
        'create schema own; grant usage, create on schema own to public; create table notes (id int primary key)',
      );
      await asApp(id, 'create table own.carts (id int primary key)');
      const group = `"${appGroupName(tenantIdOf(id))}"`;
      await asOwner(
        id,
        `grant ${group} to current_user; create publication news for table notes, own.carts; revoke ${group} from current_user`,
      );
      await asOwner(
        id,
        `create extension vector; select '[1]'::vector; do $$ begin
         execute format('alter database %I set hnsw.ef_search = 100', current_database());
         execute format('alter database %I connection limit 40', current_database());
       end $$`,
      );
      await move(id);
      const look = `select current_setting('hnsw.ef_search') as ef, datconnlimit as most
      from pg_database where datname = current_database()`;
      expect(await asOwner(id, look)).toEqual([{ ef: '100', most: 40 }]);
      const tables = 'select pubname, tablename from pg_publication_tables order by 2';
      expect(await asOwner(id, tables)).toEqual([
        { pubname: 'news', tablename: 'carts' },
        { pubname: 'news', tablename: 'notes' },
      ]);
    },
  );
});

describe('a move makes again what names things without their schema', () => {
  it('a trigger on a change of a vector, with the extension in a schema of its own, and what functions call in a column and a check', async () => {
    const id = await tenantWith(
      `create schema extensions; create extension vector schema extensions;
       create table documents (id int primary key, embedding extensions.vector(3), changes int not null default 0);
       create function note() returns trigger language plpgsql as $$ begin new.changes := old.changes + 1; return new; end $$;
       set search_path = public, extensions;
       create trigger changed before update on documents for each row
         when (old.embedding is distinct from new.embedding) execute function note();
       insert into documents values (1, '[1,2,3]')`,
      `create function half(n int) returns int language sql immutable as 'select n / 2';
       create function quarter(n int) returns int language sql immutable as 'select half(half(n))';
       create function is_fine(n int) returns boolean language plpgsql immutable as $$ begin return quarter(n) >= 0; end $$;
       create table sums (n int check (is_fine(n)), q int generated always as (quarter(n)) stored);
       insert into sums (n) values (8), (12)`,
    );
    await move(id);
    expect(await asOwner(id, 'insert into sums (n) values (20) returning q')).toEqual([{ q: 5 }]);
    expect(await asOwner(id, 'select n, q from sums order by n')).toEqual([
      { n: 8, q: 2 },
      { n: 12, q: 3 },
      { n: 20, q: 5 },
    ]);
    await asOwner(id, `update documents set embedding = '[1,2,4]'`);
    expect(await asOwner(id, 'select changes, embedding::text from documents')).toEqual([
      { changes: 1, embedding: '[1,2,4]' },
    ]);
  });

  more('the same where the database looks in a schema of its own', async () => {
    const id = await tenantWith(
      `create schema shop; create function shop.half(n int) returns int language sql immutable as 'select n / 2';
       create function shop.quarter(n int) returns int language plpgsql immutable as $$ begin return half(half(n)); end $$;
       do $$ begin execute format('alter database %I set search_path = shop', current_database()); end $$`,
      'create table sums (n int, q int generated always as (quarter(n)) stored)',
      'insert into sums (n) values (8)',
    );
    await move(id);
    expect(await asOwner(id, 'select q from sums')).toEqual([{ q: 2 }]);
  });
});

more("a move is not kept from its end by what is of no consequence, or the tenant's doing", async () => {
  const id = await tenantWith(
    // A dump leaves out an index that is of no use, and comments on what a partition has from its parent.
    'create table t (id int); insert into t values (1), (1)',
    `create table p (id int check (id > 0)) partition by range (id);
     create table p1 partition of p for values from (0) to (9);
     comment on constraint p_id_check on p1 is 'inherited'`,
    // An operator of an extension would fit better than the one that is meant.
    `create schema extensions; create view tagged as select 1 as one where array[1, 2] @> array[1];
     create extension intarray schema extensions`,
    `create table many as select n from generate_series(1, 400000) n`,
    `alter database app set transaction_timeout = '300ms'; alter database app set search_path = public, pg_catalog`,
  );
  const broken = asOwner(id, 'create unique index concurrently broken on t (id)');
  await expect(broken).rejects.toThrow('could not create');
  await asApp(
    id,
    'alter role current_user set temp_tablespaces = nope; alter role current_user set work_mem = 64',
  );
  await move(id);
});

describe('a move is refused, by name and while everyone writes, where it would lose', () => {
  more('another database of the project', async () => {
    const id = await tenantWith('create database analytics');
    expect(await refusedAtOnce(id)).toMatchObject({
      type: 'RequestUnfit',
      message: expect.stringContaining('other databases, "analytics"'),
    });
    await asOwner(id, 'drop database analytics');
    await move(id);
  });

  it('what cannot be made there again', async () => {
    // The application may make things in that schema, so the owner looks for nothing there.
    const id = await tenantWith(
      `create schema extensions; create extension vector schema extensions; grant create on schema extensions to public;
       create table documents (embedding extensions.vector(3));
       create function note() returns trigger language plpgsql as $$ begin return new; end $$;
       set search_path = public, extensions;
       create trigger changed before update on documents for each row
         when (old.embedding is distinct from new.embedding) execute function note()`,
    );
    expect(await refusedAtOnce(id)).toMatchObject({
      type: 'DatabaseRefused',
      message: expect.stringContaining('operator does not exist: extensions.vector = extensions.vector'),
    });
  });
});

describe('a role of its own making', () => {
  const roles = `create role writer login password 'for tests'; create role "Who reads" ; create role nobody;
    create role analyst in role pg_read_all_data; create table notes (n int); insert into notes values (1);
    grant insert on notes to writer, nobody; alter default privileges grant select on tables to "Who reads"`;

  it('is named before writes are shut, whatever it may do, and is left behind where that is asked for', async () => {
    const id = await tenantWith(
      roles,
      `do $$ begin execute format('grant connect on database %I to writer', current_database()); end $$`,
    );
    const leaveBehind = ['writer', 'Who reads', 'nobody', 'analyst'];
    for (const named of [
      '"Who reads" (select on what is yet to be made), analyst (member of pg_read_all_data), nobody (insert on table public.notes), writer (connect on database app)',
      '--leave-behind "Who reads" --leave-behind analyst',
    ])
      expect(await refusedAtOnce(id)).toMatchObject({
        type: 'RequestUnfit',
        message: expect.stringContaining(named),
      });
    expect(await refusedAtOnce(id, { leaveBehind: leaveBehind.slice(1) })).toMatchObject({
      message: expect.stringContaining('would not have writer (connect on database app): leave it behind'),
    });

    await t.tenantry.execute.move(id, { leaveBehind });
    const named = `select rolname from pg_catalog.pg_roles where rolname = any(array['writer', 'Who reads', 'nobody', 'analyst'])`;
    expect(await asOwner(id, named)).toEqual([]);
    expect(await asApp(id, 'select n from notes')).toEqual([{ n: 1 }]);
    await t.tenantry.execute.undoMove(id);
    const writer = new URL(await t.tenantry.connectionString(id));
    [writer.username, writer.password] = ['writer', 'for tests'];
    expect(await rowsOf(writer.href, 'insert into notes values (2)')).toEqual([]);
  });

  it('without any rights is named too', async () => {
    const id = await tenantWith('create role reporting');
    expect(await refusedAtOnce(id)).toMatchObject({
      message: expect.stringContaining('the new project would not have reporting: leave it behind'),
    });
  });
});
