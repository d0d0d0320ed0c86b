import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scriptOf } from '../../tenancy/migration-files.js';
import { warningsOfMigration } from '../../tenancy/migration-warnings.js';
import { withClient } from '../support/sql.js';
import { startTenantry, type TestTenantry } from '../support/tenantry.js';

/* What a rule says of a file, a real database shows. */

let t: TestTenantry;
let acme: string;
let made = 0;

beforeAll(async () => {
  t = await startTenantry();
  await t.startWorker();
});
afterAll(() => t.stop());

beforeEach(async () => {
  made += 1;
  acme = `acme-${made}`;
  await t.removeMigrations();
  await t.writeMigration('0001_notes.sql', 'create table notes (id bigint);\n');
  await t.tenantry.execute.onboard({ id: acme });
});

const asTheTenant = async (...statements: readonly string[]) =>
  withClient(await t.tenantry.connectionString(acme), async (client) => {
    for (const statement of statements.slice(0, -1)) await client.query(statement);
    return (await client.query(statements.at(-1) ?? '')).rows;
  });

/** Applies a file to the tenant. It is one that the rule warns of. */
async function migrated(rule: string, sql: string): Promise<unknown> {
  const warnings = warningsOfMigration(scriptOf({ name: '2_a.sql', bytes: Buffer.from(sql) }));
  expect(
    warnings.map((warning) => warning.rule),
    sql,
  ).toContain(rule);
  await t.writeMigration('0002_next.sql', sql);
  return t.tenantry.execute.migrate(acme);
}

describe('what the owner may not do', () => {
  it.each([
    ['superuser-only', 'set session authorization pg_monitor;\n'],
    ['superuser-only', "copy notes from '/etc/hostname';\n"],
    ['superuser-only', "copy notes to program 'true';\n"],
    ['superuser-only', "-- tenantry: no transaction\nalter system set work_mem = '1MB';\n"],
    ['extension-not-at-neon', 'create extension file_fdw;\n'],
  ])('fails: %s %s', async (rule, sql) => {
    await expect(migrated(rule, sql)).rejects.toMatchObject({
      reason: { type: 'MigrationFailed', sqlState: '42501' },
    });
  });
});

/** A role that the owner may take, and that may make things. */
const reporting = `create role reporting;
grant reporting to current_user with inherit true, set true;
create schema reports;
grant usage, create on schema reports to reporting;
`;

it('what is made as another role, or given to it, is out of reach of the tenant', async () => {
  const sql = `${reporting}
    create table reports.given (id bigint);
    alter table reports.given owner to reporting;
    set role reporting;
    create table reports.made (id bigint);
  `;
  await migrated('another-owner', sql);
  expect(
    warningsOfMigration(scriptOf({ name: '2_a.sql', bytes: Buffer.from(sql) })).map(({ rule }) => rule),
  ).toEqual(['own-roles', 'another-owner', 'another-role']);
  for (const table of ['given', 'made'])
    await expect(asTheTenant(`select * from reports.${table}`)).rejects.toMatchObject({ code: '42501' });
  expect(await asTheTenant('select * from notes')).toEqual([]);
});

it('a role of its own is in the way of a move, by name', async () => {
  await migrated('own-roles', 'create role reporting;\n');
  await expect(t.tenantry.execute.move(acme, { region: 'aws-eu-central-1' })).rejects.toMatchObject({
    reason: { type: 'RequestUnfit', message: expect.stringContaining('reporting') },
  });
});

it('what opens the schema public fails the migration of a tenant in use', async () => {
  await expect(migrated('open-public', 'grant create on schema public to public;\n')).rejects.toMatchObject({
    reason: { type: 'RoleUnfit', message: expect.stringContaining('schema public') },
  });
});

it('a function that runs as the owner runs code of the tenant where it finds names as its caller says', async () => {
  const body = (path: string) =>
    `create function ${path === '' ? 'open' : 'closed'}_door() returns text language sql security definer ${path} as $$ select upper('x') $$;\n`;
  await migrated('definer-without-path', `${body('')}${body('set search_path = pg_catalog, pg_temp')}`);
  const mine = [
    'create function own.upper(text) returns text language sql as $$ select current_user::text $$',
    'set search_path = own, pg_catalog, public',
  ];
  const [open] = await asTheTenant(...mine, 'select public.open_door() as runs_as');
  const [closed] = await asTheTenant(mine[1] ?? '', 'select public.closed_door() as runs_as');
  const { owner } = await withClient(await t.tenantry.connectionString(acme), async (client) => {
    const { rows } = await client.query(
      "select tableowner as owner from pg_tables where tablename = 'notes'",
    );
    return rows[0];
  });
  expect({ open, closed }).toEqual({ open: { runs_as: owner }, closed: { runs_as: 'X' } });
});
