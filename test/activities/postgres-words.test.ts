import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { failureOfTool } from '../../activities/database/tool-complaint.js';
import { failureOf } from '../../activities/failure-interceptor.js';
import { isPassing, isPassingForMigration, refused, unreachable } from '../../activities/postgres-failure.js';
import { isPostgresError, type PostgresError, wordsOf } from '../../activities/postgres-words.js';
import { scratchFolder } from '../support/scratch-folder.js';
import { withClient } from '../support/sql.js';

const ssn = '123-45-6789';
const name = `words_${randomBytes(5).toString('hex')}`;

function urlOf(database: string): string {
  const url = new URL(inject('ground').catalogServerUrl);
  url.pathname = `/${database}`;
  return url.href;
}

beforeAll(async () => {
  await withClient(inject('ground').catalogServerUrl, (client) => client.query(`create database ${name}`));
  await withClient(urlOf(name), async (client) => {
    await client.query(`
      create table notes (id int primary key, email text constraint notes_email_key unique, n int not null check (n > 0));
      insert into notes values (1, '${ssn}', 1);
      create table cards (note int references notes, period int4range, exclude using gist (period with &&));
      create type mood as enum ('happy');
      create domain positive as int check (value > 0);
      create function raising(state text) returns int language plpgsql as $$ begin
        raise exception 'no: %', '${ssn}' using errcode = state, detail = '${ssn}', hint = '${ssn}',
          table = '${ssn}', schema = '${ssn}', column = '${ssn}', constraint = '${ssn}', datatype = '${ssn}';
      end $$;
      create function dynamic(sql text) returns void language plpgsql as 'begin execute sql; end';
      create function again() returns void language plpgsql as $$ begin
        perform (select email::int from notes);
      exception when others then raise; end $$`);
  });
});

afterAll(() =>
  withClient(inject('ground').catalogServerUrl, (client) => client.query(`drop database ${name}`)),
);

async function errorOf(statement: string, values?: unknown[]): Promise<PostgresError> {
  const client = new pg.Client({ connectionString: urlOf(name) });
  await client.connect();
  try {
    await client.query(statement, values);
  } catch (error) {
    if (isPostgresError(error)) return error;
    throw error;
  } finally {
    await client.end();
  }
  throw new Error('Postgres did not refuse it');
}

/** All that anybody gets to see of a failure. */
const written = (failure: unknown) =>
  failure instanceof Error ? `${failure.stack} ${JSON.stringify(failure)} ${failure.message}` : '';

describe("a value of the tenant's rows", () => {
  const leaks: Readonly<Record<string, string>> = {
    'a cast': 'select email::int from notes',
    'a cast to a name': 'select email::regclass from notes',
    'a cast to a type': 'select email::regtype from notes',
    'a cast to a function': `select (email || '(int)')::regprocedure from notes`,
    'a cast to a role': 'select email::regrole from notes',
    'a cast to a date': 'select email::date from notes',
    'a cast to JSON': `select ('{' || email)::json from notes`,
    'a path in JSON': `select ('$.' || email || '(')::jsonpath from notes`,
    'a text search': `select to_tsquery(email || ' &') from notes`,
    'a pattern': `select 'a' ~ ('(' || email) from notes`,
    'a format': `select to_date(email, 'YYYY-MM-DD-X9') from notes`,
    'a value of an enumeration': 'select email::mood from notes',
    'a key that is there twice': `insert into notes values (2, '${ssn}', 1)`,
    'a check': `insert into notes values (2, '${ssn}', -1)`,
    'a column that is not null': `insert into notes values (2, '${ssn}', null)`,
    'a foreign key': 'insert into cards values (77)',
    'an index': `insert into notes values (3, 'x', 1), (4, 'y', 1); update notes set n = 1;
      create unique index on notes (n)`,
    'a setting': `select set_config(email, 'x', false) from notes`,
    'a privilege': `select has_table_privilege(email, 'select') from notes`,
    'a privilege of a role': `select has_database_privilege(email, current_database(), 'connect') from notes`,
    'a sequence': 'select nextval(email) from notes',
    'a query as XML': `select query_to_xml('select ' || quote_ident(email), true, true, '') from notes`,
    'dynamic SQL with a syntax error': `select dynamic('nonsense ' || email) from notes`,
    'dynamic SQL with a column': `select dynamic('select "' || email || '"') from notes`,
    'an error that a function catches and raises again': 'select again()',
    'a raise': `select raising('P0001')`,
    'a raise that calls itself a missing table': `select raising('42P01')`,
    'a raise that calls itself a syntax error': `select raising('42601')`,
    'a raise that calls itself a shutdown': `select raising('57P01')`,
    'a raise that calls itself a doubled key': `select raising('23505')`,
    'a raise that calls itself what the quota is told with': `select raising('XX000')`,
  };

  it.each(Object.entries(leaks))('does not leave Postgres in the error of %s', async (_, statement) => {
    const error = await errorOf(statement);
    const whole = JSON.stringify({ ...error, message: error.message });
    const words = wordsOf(error);
    expect(words).toMatch(/^\w[\w ]+ \([0-9A-Z]{5}\)/);
    // What stands in the statement itself, as in a file of migrations, is the sender's own.
    for (const made of [words, refused(error), unreachable(error), failureOf(error)])
      expect(typeof made === 'string' ? made : written(made), whole).not.toContain(ssn);
    if (!statement.includes(ssn)) expect(wordsOf(error, statement), whole).not.toContain(ssn);
  });

  it('makes no passing trouble, and no quota that is used up, of what a function raises', async () => {
    expect(isPassing(await errorOf(`select raising('57P01')`))).toBe(false);
    const forged = `do $$ begin raise exception 'exceeded the compute quota' using errcode = 'XX000'; end $$`;
    expect(refused(await errorOf(forged)).type).toBe('DatabaseRefused');
    expect(unreachable(await errorOf(forged)).type).toBe('DatabaseUnreachable');
  });
});

describe('what is told of an error', () => {
  it.each([
    ['insert into notes values (1)', 'not_null_violation (23502) on table public.notes, column n'],
    [
      `insert into notes values (9, '${ssn}', 1)`,
      'unique_violation (23505) on table public.notes, constraint notes_email_key',
    ],
    ['select (-1)::positive', 'check_violation (23514) on type public.positive, constraint positive_check'],
    ['create tabel x ()', 'syntax_error (42601): syntax error at or near "tabel"'],
    ['select * from nowhere', 'undefined_table (42P01): relation "nowhere" does not exist'],
    ['create index on nowhere (a)', 'undefined_table (42P01): relation "nowhere" does not exist'],
    ['drop function nothing(int)', 'undefined_function (42883): function nothing(integer) does not exist'],
    ['grant select on notes to nobody', 'undefined_object (42704): role "nobody" does not exist'],
    ['create table notes ()', 'duplicate_table (42P07): relation "notes" already exists'],
    [
      'drop table notes',
      'dependent_objects_still_exist (2BP01): cannot drop table notes because other objects depend on it',
    ],
    ['create extension nothing', 'feature_not_supported (0A000): extension "nothing" is not available'],
    [`select raising('22ABC')`, 'data_exception (22ABC)'],
    [`select raising('ZZZZZ')`, 'an unnamed condition (ZZZZZ)'],
  ])('names the condition and the objects: %s', async (statement, words) => {
    expect(wordsOf(await errorOf(statement), statement)).toBe(words);
  });

  it('says of a login that was refused what the server says', async () => {
    const url = new URL(urlOf(name));
    url.username = 'nobody';
    const client = new pg.Client({ connectionString: url.href });
    const error: unknown = await client.connect().catch((error: unknown) => error);
    expect(unreachable(error).message).toBe(
      'the tenant\'s Postgres does not answer yet: invalid_password (28P01): password authentication failed for user "nobody"',
    );
  });

  it('takes a limit of time for final in a migration, and a lock that was not got for passing', async () => {
    const limit = await errorOf('set statement_timeout = 20; select pg_sleep(5)');
    expect([isPassing(limit), isPassingForMigration(limit)]).toEqual([true, false]);
    await withClient(urlOf(name), async (holder) => {
      await holder.query('begin; lock table notes');
      const lock = await errorOf('set lock_timeout = 20; select from notes');
      expect([isPassing(lock), isPassingForMigration(lock)]).toEqual([true, true]);
      expect(wordsOf(lock)).toBe('lock_not_available (55P03): canceling statement due to lock timeout');
    });
  });

  it('takes what the server cannot read for final, and the same from a proxy for passing', async () => {
    const error = await errorOf('select $1::text', ['\ud83d\u0000']);
    expect([error.code, isPassing(error)]).toEqual(['22021', false]);
    const lost = { severity: 'FATAL', code: '08P01', message: 'server conn crashed?' };
    const ofProxy = Object.assign(new Error(lost.message), lost);
    expect([isPassing(ofProxy), isPassing(Object.assign(ofProxy, { file: 'pqformat.c' }))]).toEqual([
      true,
      false,
    ]);
  });
});

describe("what Postgres' programs complain of", () => {
  const bin = () => inject('ground').toolchain.postgres.binDir;
  const run = promisify(execFile);

  async function complaintsOf(tool: string, args: readonly string[], input?: string): Promise<string> {
    const running = run(path.join(bin(), tool), [...args], { env: { PATH: process.env.PATH, LC_ALL: 'C' } });
    running.child.stdin?.end(input);
    return running.then(
      () => '',
      (error: { stderr: string }) => error.stderr,
    );
  }

  it('keeps the place and the kind of the trouble, and no row', async () => {
    const [from, to, empty] = [`${name}_from`, `${name}_to`, `${name}_empty`];
    const scratch = scratchFolder('tenantry-words-');
    const file = path.join(scratch.path, 'dump');
    const restored = async (database: string, ...args: readonly string[]) => {
      const into = ['--single-transaction', `--dbname=${urlOf(database)}`];
      const complaints = await complaintsOf('pg_restore', [...into, ...args, file]);
      expect(complaints).toContain(ssn);
      return failureOfTool('pg_restore', complaints);
    };
    await withClient(inject('ground').catalogServerUrl, async (client) => {
      for (const each of [from, to, empty]) await client.query(`create database ${each}`);
    });
    try {
      await withClient(urlOf(from), (client) =>
        client.query(`create table people (ssn text unique); insert into people values ('${ssn}');
          create function chatty() returns boolean language sql as 'select true';
          create table checked (a int check (chatty())); insert into checked values (1);
          create or replace function chatty() returns boolean language plpgsql as $$ begin
            raise warning E'${ssn}\npg_restore: error: exceeded the ${ssn} quota';
            raise exception E'${ssn}\npg_restore: error: connection to server failed: exceeded the ${ssn} quota';
          end $$`),
      );
      expect(
        await complaintsOf('pg_dump', ['--format=custom', `--file=${file}`, `--dbname=${urlOf(from)}`]),
      ).toBe('');

      await withClient(urlOf(to), (client) => client.query('create table people (ssn int)'));
      expect(await restored(to, '--data-only', '--table=people')).toMatchObject({
        type: 'DatabaseRefused',
        message: 'pg_restore failed: COPY failed for table "people": invalid input syntax for type integer',
      });

      await withClient(urlOf(to), (client) =>
        client.query(`drop table people; create table people (ssn text);
          insert into people values ('${ssn}'), ('${ssn}')`),
      );
      expect(await restored(to, '--section=post-data')).toMatchObject({
        type: 'DatabaseRefused',
        message:
          'pg_restore failed at ALTER TABLE ONLY public.people: could not execute query: could not create unique index "people_ssn_key"',
      });

      const raised = await restored(empty);
      expect(raised.type).toBe('DatabaseRefused');
      expect(raised.message).not.toContain(ssn);
    } finally {
      scratch.remove();
      await withClient(inject('ground').catalogServerUrl, async (client) => {
        for (const each of [from, to, empty]) await client.query(`drop database ${each} with (force)`);
      });
    }
  });

  it('keeps what it is told when it cannot get in', async () => {
    const url = new URL(urlOf(`${name}_nowhere`));
    const complaints = await complaintsOf('pg_dump', [`--dbname=${url.href}`]);
    expect(failureOfTool('pg_dump', complaints)).toMatchObject({
      type: 'DatabaseUnreachable',
      message: expect.stringContaining(`database "${name}_nowhere" does not exist`),
    });
  });

  it.each([
    [
      'pg_dump: error: aborting because of server version mismatch\npg_dump: detail: server version: 18.1',
      'Unexpected',
      /server version mismatch; name a folder with a newer pg_dump/,
    ],
    [
      'pg_restore: error: could not execute query: server closed the connection unexpectedly\n\tThis probably means',
      'DatabaseUnreachable',
      /server closed the connection unexpectedly/,
    ],
    [
      'pg_dump: error: query failed: FATAL:  terminating connection due to administrator command',
      'DatabaseUnreachable',
      /query failed: terminating connection due to administrator command/,
    ],
    [
      'pg_dump: error: query failed: ERROR:  permission denied for table notes\npg_dump: detail: Query was: LOCK',
      'DatabaseRefused',
      /query failed: permission denied for table notes$/,
    ],
    [
      'pg_dump: error: query failed: ERROR:  123-45-6789',
      'DatabaseRefused',
      /query failed: the server refused in words that may hold rows/,
    ],
    ['', 'DatabaseRefused', /it said nothing/],
  ])('is read for whether it passes: %s', (complaints, type, message) => {
    const made = failureOfTool(complaints.slice(0, complaints.indexOf(':')) || 'pg_dump', complaints);
    expect({ type: made.type, message: made.message }).toEqual({
      type,
      message: expect.stringMatching(message),
    });
  });
});
