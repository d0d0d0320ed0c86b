import pg from 'pg';
import { expect } from 'vitest';
import { withClient } from '../support/sql.js';

/** What the tables of the attempts are made with, as the owner. */
export const schema = `-- Up Migration
create table notes (id serial primary key, body text);
create function shout(text) returns text language sql immutable as $$ select pg_catalog.upper($1) $$;
`;

export interface Attacked {
  /** As the tenant's own role. */
  readonly connection: string;
  readonly group: string;
  /** The role that owns the database. */
  readonly owner: string;
  readonly database: string;
}

/** What a tenant's own role must be refused, by what it would gain. `$owner`, `$group`, `$self`, `$database` are names. */
export const attempts = {
  'make a role': 'create role other',
  'make itself a superuser': 'alter role $self superuser',
  'let itself make roles': 'alter role $self createrole',
  'let itself past row security': 'alter role $self bypassrls',
  'let itself replicate': 'alter role $self replication',
  'lift its limit of connections': 'alter role $self connection limit -1',
  'let its group log in': 'alter role $group login',
  'take the password of the owner': "alter role $owner password 'mine'",
  'change what the sessions of the owner begin with': 'alter role $owner set search_path = public',
  'become the owner': 'set role $owner',
  'become the owner from the start': 'set session authorization $owner',
  'become neon_superuser': 'set role neon_superuser',
  'join the owner': 'grant $owner to $self',
  'let another into its group': 'grant $group to neon_superuser',
  'join those who write everything': 'grant pg_write_all_data to $self',
  'join those who run programs': 'grant pg_execute_server_program to $self',
  'take over what the owner has': 'reassign owned by $owner to $self',
  'drop what the owner has': 'drop owned by $owner',
  'make a database': 'create database other',
  'rename the database': 'alter database $database rename to other',
  'change what all sessions begin with': 'alter database $database set search_path = public',
  'make a schema': 'create schema mine',
  'make a table in public': 'create table public.mine ()',
  'make a function in public': "create function public.mine() returns int language sql as 'select 1'",
  'make an operator in public':
    'create operator public.|| (leftarg = text, rightarg = name, function = pg_catalog.texteq)',
  'make a view in public': 'create view public.mine as select 1',
  'make a type in public': "create type public.mine as enum ('a')",
  'make a domain in public': 'create domain public.mine as text',
  'change a table of the migrations': 'alter table public.notes add column more text',
  'drop a table of the migrations': 'drop table public.notes',
  'empty a table of the migrations': 'truncate public.notes',
  'put a trigger on a table of the migrations':
    'create trigger mine before insert on public.notes execute function pg_catalog.suppress_redundant_updates_trigger()',
  'put a rule on a table of the migrations':
    'create rule mine as on insert to public.notes do instead nothing',
  'put an index on a table of the migrations': 'create index on public.notes (body)',
  'put a policy on a table of the migrations': 'create policy mine on public.notes using (true)',
  'replace a function of the migrations':
    "create or replace function public.shout(text) returns text language sql as 'select 1::text'",
  'have the owner own what it made': 'create temp table mine (); alter table mine owner to $owner',
  'decide what may be done with later tables':
    'alter default privileges for role $owner grant all on tables to $self',
  'read the ledger': 'select * from tenantry.migrations',
  'write the ledger': "insert into tenantry.migrations (name, run_on) values ('9999', now())",
  'hold up the steps of Tenantry': 'lock table tenantry.turn in access share mode',
  'make things in the schema of Tenantry': 'create table tenantry.mine ()',
  'drop the schema of Tenantry': 'drop schema tenantry cascade',
  'run a program': "copy (select 1) to program 'true'",
  'write a file of the server': "copy (select 1) to '/tmp/mine'",
  'read a file of the server by copy': "create temp table mine (t text); copy mine from '/etc/passwd'",
  'read a file of the server': "select pg_catalog.pg_read_file('PG_VERSION')",
  'list a folder of the server': "select pg_catalog.pg_ls_dir('.')",
  'load a file of the server': "select pg_catalog.lo_import('/etc/passwd')",
  'load a library': "load 'auto_explain'",
  'change the settings of the server': "alter system set log_statement = 'all'",
  'have the server read its settings': 'select pg_catalog.pg_reload_conf()',
  'turn off triggers and checks': "set session_replication_role = 'replica'",
  'preload a library': "set session_preload_libraries = 'auto_explain'",
  'make an event trigger':
    'create event trigger mine on ddl_command_end execute function pg_catalog.suppress_redundant_updates_trigger()',
  'make a language': 'create language plpython3u',
  'add an extension': 'create extension pg_buffercache',
  'make a foreign data wrapper': 'create foreign data wrapper mine',
  'make a cast between types of Postgres': 'create cast (int4 as text) with inout',
  'publish the database': 'create publication mine for all tables',
  'subscribe to another database':
    "create subscription mine connection 'host=127.0.0.1 dbname=x' publication y with (connect = false)",
  'keep a replication slot': "select pg_catalog.pg_create_physical_replication_slot('mine')",
  'read passwords': 'select * from pg_catalog.pg_authid',
  'read passwords by the view': 'select * from pg_catalog.pg_shadow',
} as const satisfies Record<string, string>;

const refusals =
  /permission denied|must be owner|must be superuser|must be able to|must have|only roles with|is not available|not permitted|could not open extension|access to library|may not|cannot/i;

/** Tries them all, each on a connection of its own, so that none stands in the way of the next. */
export async function expectAllRefused({ connection, group, owner, database }: Attacked): Promise<void> {
  const names: Record<string, string> = {
    $self: pg.escapeIdentifier(decodeURIComponent(new URL(connection).username)),
    $group: pg.escapeIdentifier(group),
    $owner: pg.escapeIdentifier(owner),
    $database: pg.escapeIdentifier(database),
  };
  const allowed: string[] = [];
  await withClient(connection, async (client) => {
    for (const [what, statement] of Object.entries(attempts)) {
      await client.query('begin');
      const filled = statement.replace(/\$(self|group|owner|database)\b/g, (name) => names[name] ?? name);
      const outcome = await client.query(filled).then(
        () => 'it was done',
        (error: Error) => (refusals.test(error.message) ? undefined : error.message),
      );
      await client.query('rollback');
      if (outcome !== undefined) allowed.push(`${what}: ${outcome}`);
    }
  });
  // Statements that no transaction holds together.
  for (const statement of ['create database other', "alter system set log_statement = 'all'"])
    await withClient(connection, async (client) => {
      await expect(client.query(statement)).rejects.toThrow(refusals);
    });
  expect(allowed).toEqual([]);
  await expectNoWayIn(connection);
}

/** The ways in that no SQL statement is: replication, the owner's name, another database of the server. */
async function expectNoWayIn(connection: string): Promise<void> {
  const changed = (change: (url: URL) => void) => {
    const url = new URL(connection);
    change(url);
    return withClient(url.href, async () => {});
  };
  await expect(changed((url) => url.searchParams.set('replication', 'database'))).rejects.toThrow();
  for (const name of ['app_owner', 'cloud_admin', 'neon_superuser', 'postgres'])
    await expect(
      changed((url) => {
        url.username = name;
      }),
    ).rejects.toThrow(/authentication failed|not permitted/);
  for (const name of ['postgres', 'template1'])
    await expect(
      changed((url) => {
        url.pathname = `/${name}`;
      }),
    ).rejects.toThrow(/permission denied/);
}
