import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { HookDatabase } from '../../tenancy/hooks.js';
import { historyText } from '../support/history-text.js';
import { quickTimings, startTenantry, type TestTenantry } from '../support/tenantry.js';

/** What a tenant stored, and nobody else is to read. */
const ssn = '123-45-6789';

let t: TestTenantry;
/** What the hook of a test throws, or what it does. */
let onboarded: (db: HookDatabase) => Promise<unknown>;

beforeAll(async () => {
  t = await startTenantry({
    fleet: {
      timings: { ...quickTimings, hookDeadline: 1_000 },
      hooks: { onboarded: async (_tenant, db) => void (await onboarded(db)) },
    },
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
  onboarded = async () => {};
});

const doubled = `create table notes (email text constraint notes_email_key unique);
  insert into notes values ('${ssn}'), ('${ssn}');`;

it.each([
  {
    what: 'a key that is there twice',
    sql: doubled,
    message:
      'migration 0001_notes.sql, line 2: unique_violation (23505) on table public.notes, constraint notes_email_key',
  },
  {
    what: 'a value that does not fit',
    sql: `create table notes (email text); insert into notes values ('${ssn}');
      alter table notes alter column email type int using email::int;`,
    message: 'migration 0001_notes.sql, line 2: invalid_text_representation (22P02)',
  },
  {
    what: 'what a function raises',
    sql: `do $$ begin raise exception 'no such person: ${ssn}' using errcode = '42P01', table = '${ssn}'; end $$;`,
    message: 'migration 0001_notes.sql, line 1: undefined_table (42P01)',
  },
  {
    what: 'a limit of time that the migration set itself',
    sql: `set statement_timeout = 50; select pg_sleep(30), '${ssn}';`,
    message:
      'migration 0001_notes.sql, line 1: query_canceled (57014): canceling statement due to statement timeout',
  },
])('a migration that fails for $what ends at once, and no row is told of', async ({ sql, message }) => {
  await t.writeMigration('0001_notes.sql', sql);
  await expectToldWithoutRows({ type: 'MigrationFailed', message });
});

it.each([
  [
    'in a database of ours',
    new Error(),
    'the hook "onboarded" failed: the tenant\'s Postgres refused: unique_violation (23505) on table public.notes, constraint notes_email_key',
  ],
  [
    'elsewhere, with a driver of its own',
    Object.assign(new pg.DatabaseError(`invalid input syntax for type integer: "${ssn}"`, 1, 'error'), {
      code: '22P02',
      severity: 'ERROR',
      file: 'numutils.c',
      detail: ssn,
    }),
    'the hook "onboarded" failed: invalid_text_representation (22P02)',
  ],
])('a hook that fails %s fails without a row', async (_, thrown, message) => {
  onboarded = async (db) => {
    if (thrown instanceof pg.DatabaseError) throw thrown;
    await db.asOwner((client) => client.query(doubled));
  };
  await expectToldWithoutRows({ type: 'HookFailed', message });
});

async function expectToldWithoutRows(reason: object): Promise<void> {
  const handle = await t.tenantry.start.onboard({ id: acme });
  const error: unknown = await handle.result().catch((error: unknown) => error);
  expect(error).toMatchObject({ code: 'OPERATION_FAILED', reason });
  expect(await t.tenantry.get(acme)).toMatchObject({ state: 'failed', failure: reason });
  const kept = [
    error instanceof Error ? `${error.stack} ${JSON.stringify(error)}` : '',
    await historyText(t.temporal, handle),
    JSON.stringify(await t.tenantry.exportRecord(acme)),
  ];
  for (const each of kept) expect(each).not.toContain(ssn);
}
