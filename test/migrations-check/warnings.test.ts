import { expect, it } from 'vitest';
import { scriptOf } from '../../tenancy/migration-files.js';
import { warningsOfMigration } from '../../tenancy/migration-warnings.js';

const rulesFor = (sql: string) =>
  warningsOfMigration(scriptOf({ name: '1_a.sql', bytes: Buffer.from(sql) })).map(
    ({ rule, line }) => `${rule} ${line}`,
  );

const warned: Readonly<Record<string, readonly string[]>> = {
  'superuser-only': [
    'set session authorization postgres;',
    "copy notes from '/tmp/notes.csv';",
    "copy (select body from notes) to program 'curl example.com';",
    "-- tenantry: no transaction\nalter system set work_mem = '1GB';",
  ],
  'extension-not-at-neon': [
    'create extension file_fdw;',
    'create extension if not exists "plpython3u";',
    'CREATE EXTENSION SSLINFO;',
  ],
  'another-role': ['set role reporting;', 'set local role reporting;', 'set session role "Reporting";'],
  'another-owner': [
    'alter table notes owner to reporting;',
    'alter function f(text, int) owner to "Reporting";',
    'reassign owned by reporting to other;',
  ],
  'own-roles': ['create role reporting;', "create user support password 'x';", 'create group readers;'],
  'own-schema': [
    "insert into tenantry.migrations (name, run_on) values ('0001_a', now());",
    'drop schema if exists tenantry cascade;',
    'alter table "a" set schema tenantry;',
  ],
  'open-public': [
    'grant create on schema public to public;',
    'grant usage, create on schema public to public;',
    'grant all privileges on schema public to public;',
  ],
  'definer-without-path': [
    "create function f() returns int language sql security definer as 'select 1';",
    'create or replace procedure f() language plpgsql security definer as $$ begin null; end $$;',
  ],
};

it.each(Object.entries(warned))('warns of %s, each at its line', (rule, files) => {
  for (const sql of files) {
    const line = sql.split('\n').length;
    expect(rulesFor(sql), sql).toEqual([`${rule} ${line}`]);
    expect(rulesFor(`${sql.startsWith('--') ? '' : '\n-- Why.\n'}${sql}`), sql).toEqual([
      `${rule} ${sql.startsWith('--') ? line : line + 2}`,
    ]);
  }
});

it('warns of nothing that only looks so', () => {
  const fine = [
    "create table notes (role text, owner text default 'set role x', tenantry text);",
    'set role none;',
    'reset role;',
    'set session authorization default;',
    'copy (select a, b, c, d, e, f, g, h, i, j, k, l, m from notes) to stdout;',
    'create extension if not exists vector;',
    'create extension plv8;',
    'alter table notes owner to current_user;',
    'create user mapping for current_user server other;',
    "comment on table notes is 'grant create on schema public to public';",
    '-- set role reporting;\nselect 1;',
    'grant usage on schema public to public;',
    'grant select on all tables in schema public to reporting;',
    "create function f() returns int language sql security definer set search_path = pg_catalog, pg_temp as 'select 1';",
    "create function f() returns int language sql as 'select 1 -- security definer';",
    'select tenantry from notes;',
    'create table role (id bigint);',
  ];
  for (const sql of fine) expect(rulesFor(sql), sql).toEqual([]);
});
