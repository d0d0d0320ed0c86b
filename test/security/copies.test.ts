import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { appGroupName } from '../../tenancy/naming.js';
import type { TenantId } from '../../tenancy/tenant-id.js';
import { firstOf, longForm, more } from '../support/long-form.js';
import { withClient } from '../support/sql.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';
import { tenantIdOf } from '../tenancy/tenant-id-of.js';

let t: TestTenantry;
const key = () => ({ fleet: t.fleet.name, id: acme });

/** The fleet's own schema: a check by a function that names its schema as linters want it. */
const migration = `
create function checked(x varchar) returns boolean language plpgsql immutable set search_path = public as
  $$ begin return lower(x) is not null; end $$;
create table notes (id int primary key, body varchar check (checked(body)));
insert into notes values (1, 'a'), (2, 'b');
`;

beforeAll(async () => {
  t = await startTenantry({ fleet: { timings: { ...quickTimings, rotationOverlap: 100 } } });
  await t.writeMigration('0001_notes.sql', migration);
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
});

const app = async (sql: string) =>
  withClient(await t.tenantry.connectionString(acme), (client) => client.query(sql));
const owner = async (sql: string) =>
  withClient(
    (await t.catalog.secrets.open(key(), 'owner')) ?? '',
    async (client) => (await client.query(sql)).rows,
  );

const outcome = (work: Promise<unknown>) =>
  work.then(
    (result) => ({ done: result }),
    (error: { reason?: unknown; message: string }) => ({ failed: error.reason ?? error.message }),
  );
const move = () => outcome(t.tenantry.execute.move(acme));

describe('a move', () => {
  it('lets no code of the tenant run as the owner, where the owner’s own code looks for names in public', async () => {
    const login = new URL(await t.tenantry.connectionString(acme)).username;
    await app(`
      create function own.evil(int) returns boolean language plpgsql as $evil$ begin
        begin
          execute $x$ create function public.lower(varchar) returns text language plpgsql as $y$ begin
            if current_user = 'app_owner' then
              alter role "${login}" createrole;
              begin grant pg_read_all_data, pg_write_all_data to "${login}"; exception when others then null; end;
              begin grant usage on schema tenantry to "${login}"; exception when others then null; end;
              drop function public.lower(varchar);
            end if;
            return pg_catalog.lower($1::text);
          end $y$ $x$;
        exception when others then null; end;
        return true;
      end $evil$;
      create domain own.d as int check (own.evil(value));
      create function own.add(own.d, int) returns own.d language sql immutable as 'select $1';
      create aggregate own.agg(int) (sfunc = own.add, stype = own.d, initcond = '0');
    `);
    expect(await move()).toMatchObject({ done: { state: 'ready' } });
    const roles = await owner(`select rolname, rolcreaterole,
      (select string_agg(roleid::regrole::text, ',') from pg_auth_members m where m.member = r.oid) as member_of
      from pg_roles r where rolname = '${login}'`);
    expect(roles).toEqual([{ rolname: login, rolcreaterole: false, member_of: appGroupName(acme) }]);
  }, 120_000);

  more(
    'lets the tenant leave nothing in public',
    async () => {
      await app(`
      create function own.plant(int) returns boolean language plpgsql as $e$ begin
        begin
          create type public.planted as enum ('x');
          create domain public.citext as text;
        exception when others then null; end;
        return true;
      end $e$;
      create table own.traps (id int check (own.plant(id)));
      insert into own.traps values (1);
    `);
      expect(await move()).toMatchObject({ done: { state: 'ready' } });
      const types = await owner(
        `select typname, typowner::regrole::text as owner from pg_type where typname in ('planted', 'citext')`,
      );
      expect(types).toEqual([]);
    },
    120_000,
  );

  /*
   * Two moves are for all of these at once; that each alone is no hindrance either is left to the long form. One that hinders
   * a move hinders that of all too, and is named by it.
   */
  const its = {
    'a comment on its own cast': `create type own.e as enum ('x'); create function own.c(own.e) returns int language sql immutable as 'select 1';
      create cast (own.e as int) with function own.c(own.e); comment on cast (own.e as int) is 'hm'`,
    'a cast on a type of the login itself': `set role none; create type own.f as enum ('x'); create function own.d(own.f) returns int language sql immutable as 'select 1';
      create cast (own.f as int) with function own.d(own.f); reset role`,
    'row security that holds for its own tables': `create table own.r (id int); insert into own.r values (1); alter table own.r enable row level security; alter table own.r force row level security; create policy p on own.r using (true)`,
    'a view of the group on a table of the login': `set role none; create table own.base (id int); grant all on own.base to public; reset role; create view own.v as select * from own.base`,
    'a partitioned table with indexes': `create table own.p (id int primary key, t text) partition by range (id); create table own.p1 partition of own.p for values from (0) to (9); create index on own.p (t); insert into own.p values (1)`,
  };
  const ofTheRetired = {
    'a table of the retired login': `set role none; create table own.old (id int); reset role`,
    'a grant to the retired login': `create table own.older (id int); do $$ begin execute pg_catalog.format('grant select on own.older to %I', session_user); end $$`,
  };

  const alone = (of: Readonly<Record<string, string>>) => (longForm ? Object.entries(of) : []);
  const together = (of: Readonly<Record<string, string>>) =>
    [Object.keys(of).join(', and '), Object.values(of).join(';')] as const;

  it.each([together(its), ...alone(its)])(
    'is not kept from its end by %s',
    async (_, sql) => {
      await app(sql);
      const moved = await move();
      expect(moved).toMatchObject({ done: { state: 'ready' } });
    },
    120_000,
  );

  more.each([together(ofTheRetired), ...alone(ofTheRetired)])(
    'is not kept from its end by %s',
    async (_, sql) => {
      await app(sql);
      await t.tenantry.execute.rotateCredentials(acme, { now: true });
      const moved = await move();
      expect(moved).toMatchObject({ done: { state: 'ready' } });
    },
    120_000,
  );

  it.each(
    firstOf([
      [
        'an aggregate over a function that runs as its owner',
        `create table own.log (n serial);
      create function own.write(int, int) returns int language plpgsql security definer as $$ begin
        set local transaction_read_only = off; insert into own.log default values; return 1; end $$;
      revoke all on function own.write(int, int) from public;
      create aggregate own.sneak(int) (sfunc = own.write, stype = int, initcond = '0')`,
        'begin read write; select own.sneak(1); commit',
        'select count(*)::int as rows from own.log',
      ],
      [
        'a table of the login itself, with its privileges taken away',
        `set role none; create table own.log (n serial);
      revoke all on own.log from current_user; revoke all on sequence own.log_n_seq from current_user`,
        'begin read write; set local role none; grant all on own.log to current_user; grant all on sequence own.log_n_seq to current_user; insert into own.log default values; commit',
        'set role none; grant select on own.log to current_user; select count(*)::int as rows from own.log',
      ],
    ]),
  )(
    'does not say that the tenant only reads, and loses nothing that it wrote, with %s',
    async (_, setup, write, read) => {
      await app(setup);
      const connection = await t.tenantry.connectionString(acme);
      let wrote = 0;
      let over = false;
      const writing = (async () => {
        while (!over) {
          await withClient(connection, async (client) => {
            const { rows } = await client.query('select current_user as who');
            if (!String(rows[0]?.who).endsWith('_reader')) return;
            await client.query(write);
            wrote += 1;
          }).catch(() => undefined);
        }
      })();
      expect(await move()).toMatchObject({ done: { meanwhile: 'closed' } });
      over = true;
      await writing;
      // One that Postgres let in a moment before the login was closed may write until it is ended, which is before the copy.
      const there = [await app(read)].flat().at(-1);
      expect(there?.rows[0]?.rows).toBeGreaterThanOrEqual(wrote);
    },
    120_000,
  );
});
