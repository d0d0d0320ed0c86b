import { ApplicationFailure } from '@temporalio/common';
import pg from 'pg';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { failureOf } from '../../activities/failure-interceptor.js';
import { UnstorableTextError } from '../../catalog/dialect.js';
import { SealError } from '../../catalog/seal.js';
import { freePort } from '../../local/free-port.js';
import { namesOf, newcomer, testCatalog } from '../catalog/test-catalog.js';
import { withClient } from '../support/sql.js';

/** What a caller brought, and no failure is to tell. */
const value = 's3cret-value';

const test = testCatalog();

/** What a statement on the catalog's server fails of. */
async function thrownBy(work: (client: pg.Client) => Promise<unknown>): Promise<unknown> {
  return withClient(test.url, work).then(
    () => {
      throw new Error('it failed of nothing');
    },
    (error: unknown) => error,
  );
}

function failed(error: unknown, whose?: 'theirs'): ApplicationFailure {
  const made = failureOf(error, whose);
  if (!(made instanceof ApplicationFailure)) throw new Error('no failure of ours');
  return made;
}

beforeAll(async () => {
  await test.rows(`create table notes (id int primary key, body text unique, at date)`);
  await test.rows(`insert into notes values (1, '${value}')`);
});

describe('an error of the catalog', () => {
  it.each([
    ['U+0000 in a text', '22021', `insert into notes values (2, convert_from('\\x6100', 'utf8'))`],
    ['U+0000 in JSON', '22P05', `select '{"a":"${value}\\u0000"}'::jsonb ->> 'a'`],
    ['half a surrogate pair in JSON', '22P02', `select '{"a":"${value}\\ud83d"}'::jsonb`],
    ['a number out of range', '22003', 'insert into notes values (99999999999)'],
    ['a time that is none', '22007', `insert into notes values (2, 'b', '${value}')`],
    ['a key that is there', '23505', `insert into notes values (2, '${value}')`],
    ['a constraint', '23502', `insert into notes (body) values ('${value}')`],
    ['a table that is not there', '42P01', `select from nowhere where body = '${value}'`],
    ['a right that is missing', '42501', 'set role pg_monitor; select from notes'],
    [
      'an index row that is too long',
      '54000',
      `insert into notes select 2, string_agg(md5(n::text), '') from generate_series(1, 9999) n`,
    ],
  ])('is final where the statement itself is at fault: %s (%s)', async (_, sqlState, statement) => {
    const made = failed(await thrownBy((client) => client.query(statement)));
    expect(made).toMatchObject({
      type: 'CatalogRefused',
      nonRetryable: true,
      message: expect.stringContaining(`(${sqlState})`),
      details: [{ sqlState }],
    });
    expect(`${made.stack} ${made.message} ${JSON.stringify(made.details)}`).not.toContain(value);
  });

  it.each([
    ['a limit of time', '57014', 'set statement_timeout = 10; select pg_sleep(5)'],
    ['a lock that is not got', '55P03', 'set lock_timeout = 10; select pg_advisory_lock(7)'],
    ['a server that is read-only', '25006', 'begin read only; delete from notes'],
    ['a transaction in conflict', '40001', `do $$ begin raise serialization_failure; end $$`],
    ['a server that stops', '57P01', 'select pg_terminate_backend(pg_backend_pid())'],
    ['an error that nobody foresaw', 'P0001', `do $$ begin raise '${value}'; end $$`],
  ])('is tried again where it may pass: %s (%s)', async (_, sqlState, statement) => {
    const holder = new pg.Client({ connectionString: test.url });
    await holder.connect();
    onTestFinished(() => holder.end());
    await holder.query('select pg_advisory_lock(7)');
    const made = failed(await thrownBy((client) => client.query(statement)));
    expect(made).toMatchObject({ type: 'CatalogUnavailable', nonRetryable: false });
    expect(made.message).toContain(`(${sqlState})`);
    expect(made.message).not.toContain(value);
  });

  it('is tried again where nobody answers, and where the login or the database is none', async () => {
    const changed = (name: 'port' | 'username' | 'pathname', to: string) => {
      const url = new URL(inject('ground').catalogServerUrl);
      url[name] = to;
      return url.href;
    };
    for (const url of [
      changed('port', `${await freePort()}`),
      changed('username', 'nobody'),
      changed('pathname', '/nowhere'),
    ]) {
      const error = await withClient(url, async () => {}).catch((thrown: unknown) => thrown);
      expect(failed(error)).toMatchObject({ type: 'CatalogUnavailable', nonRetryable: false });
    }
  });

  it('is not what an activity of the user’s fails of, which is tried again in words that hold no row', async () => {
    const error = await thrownBy((client) => client.query(`insert into notes values (2, '${value}')`));
    const made = failed(error, 'theirs');
    expect(made).toMatchObject({ type: 'Unexpected', nonRetryable: false });
    const words = /^unique_violation \(23505\) on table \w+\.notes, constraint notes_body_key$/;
    expect(made.message).toMatch(words);
  });
});

describe('a secret that does not open', () => {
  it('is tried again where the key may yet be added, and not where somebody put an old one back', () => {
    const [missing, putBack] = [new SealError('the key is missing'), new SealError('an old one', true)];
    expect(failed(missing)).toMatchObject({ type: 'Unexpected', nonRetryable: false });
    expect(failed(putBack)).toMatchObject({ type: 'Unexpected', nonRetryable: true });
  });
});

describe('the catalog', () => {
  const unstorable = ['a\u0000b', 'a\ud83db'];

  it.each(unstorable)('is asked for nothing that it cannot hold: %j', async (text) => {
    const writer = newcomer();
    const { resources, tenants, projects } = test.catalog;
    await tenants.beginOnboarding(writer, namesOf(writer));
    for (const asked of [
      () => resources.get(writer, 'snapshot', text),
      () =>
        resources.put(writer, {
          kind: 'snapshot',
          name: text,
          projectId: 'p',
          neonId: 'n',
          expiresAt: undefined,
        }),
      () => projects.recordProject(writer, namesOf(writer).projectName, text),
      () => projects.intend(writer, text, 'next'),
    ]) {
      const error: unknown = await asked().catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(UnstorableTextError);
      expect(failed(error)).toMatchObject({ type: 'RequestUnfit', nonRetryable: true });
    }
  });

  it('keeps what a text from outside says in JSON, with another character for what it cannot hold', async () => {
    const writer = newcomer();
    await test.catalog.tenants.beginOnboarding(writer, namesOf(writer));
    const hostile = { [`k${unstorable[0]}`]: [unstorable.join(' '), '\\u0000', 'whole 😀'] };
    await test.catalog.history.note(writer, 'onboard', 'provisioning', hostile);
    await test.catalog.operations.fail(
      writer,
      'onboard',
      { type: 'HookFailed', message: unstorable.join(' ') },
      true,
    );
    const entries = await test.catalog.history.of(writer);
    expect(entries[1]?.detail).toEqual({ 'ka\ufffdb': ['a\ufffdb a\ufffdb', '\\u0000', 'whole 😀'] });
    expect((await test.catalog.tenants.get(writer))?.failure?.message).toBe('a\ufffdb a\ufffdb');
  });
});
