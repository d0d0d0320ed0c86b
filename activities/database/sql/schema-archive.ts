import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import type pg from 'pg';
import { runPostgresTool } from '../postgres-tools.js';
import { findingNamesIn } from './restored-names.js';

/** The parts before and after the rows; the latter has the indexes, constraints and triggers. */
export type SchemaSection = 'pre-data' | 'post-data';

/** A database's definitions, without any rows, in a file for `pg_restore`. */
export interface SchemaArchive {
  readonly file: string;
  /** The archive's table of contents: a line for each object, in an order in which they can be created. */
  readonly entries: readonly string[];
}

/** A role that may write a table can keep it locked forever, so a dump gives up. */
export const lockWait = '--lock-wait-timeout=60s';

/** Dumps definitions into a folder that belongs to the caller. */
export async function dumpSchema(
  connectionString: string,
  section: SchemaSection,
  folder: string,
  signal: AbortSignal,
): Promise<SchemaArchive> {
  const file = path.join(folder, `${section}.dump`);
  const list = path.join(folder, `${section}.list`);
  const only = ['--no-subscriptions', `--section=${section}`, lockWait];
  await runPostgresTool('pg_dump', ['--format=custom', ...only, `--file=${file}`], {
    connectionString,
    signal,
  });
  await runPostgresTool('pg_restore', ['--list', `--file=${list}`, file], { signal });
  const lines = (await readFile(list, 'utf8')).split('\n');
  return { file, entries: lines.filter((line) => /^\d+;/.test(line)) };
}

/**
 * The entries that a role owns: its name is the last word of a line. A cast has no owner, so the role's casts
 * are passed in.
 */
export function entriesOf(
  { entries }: SchemaArchive,
  { role, casts = [] }: { readonly role: string; readonly casts?: readonly string[] },
): string[] {
  const ownCasts = new Set(casts);
  const names = new Set(entries.map((line) => ownCasts.has(cast.exec(line)?.[1] ?? '') && nameOfCast(line)));
  return entries.filter((line) => {
    const name = nameOfCast(line);
    return line.endsWith(` ${role}`) || (name !== undefined && names.has(name));
  });
}

/**
 * An entry begins with its own number, the oid of its catalog, and the oid of its row there; 2605 is pg_cast.
 */
const cast = /^\d+; 2605 (\d+) /;

/** `CAST (a AS b)`, for a cast or for the comment on one. */
function nameOfCast(line: string): string | undefined {
  return /^\d+; \d+ \d+ (?:CAST|COMMENT) - (CAST .*)$/.exec(line)?.[1];
}

/** The oids of the casts that a role may create, because it owns one of their types. */
export async function castsOf(client: pg.Client, role: string): Promise<string[]> {
  const { rows } = await client.query<{ oid: string }>(
    `select c.oid::pg_catalog.text as oid from pg_catalog.pg_cast c
     join pg_catalog.pg_type s on s.oid = c.castsource join pg_catalog.pg_type t on t.oid = c.casttarget
     where pg_catalog.pg_get_userbyid(s.typowner) = $1 or pg_catalog.pg_get_userbyid(t.typowner) = $1`,
    [role],
  );
  return rows.map(({ oid }) => oid);
}

/**
 * Creates some of an archive's objects in another database, in one transaction, as the connection's own
 * login. Privileges are omitted: an owner may not set Neon's own default privileges.
 */
export async function restoreSchema(
  { file }: SchemaArchive,
  entries: readonly string[],
  { connectionString, role, schemas, signal }: RestoreTarget,
): Promise<void> {
  if (entries.length === 0) return;
  const name = `${file}.${role ?? 'owner'}`;
  const list = `${name}.list`;
  await writeFile(list, `${entries.join('\n')}\n`, { mode: 0o600 });
  const args = ['--single-transaction', '--no-privileges', '--no-tablespaces', `--use-list=${list}`];
  const restore = (archive: string) =>
    runPostgresTool('pg_restore', [...args, ...roleArguments(role), archive], { connectionString, signal });
  // First unchanged: under another search_path a name may resolve to a different object.
  await restore(file).catch(async (error: unknown) => {
    const refused = error instanceof ApplicationFailure && error.type === 'DatabaseRefused';
    if (!refused || schemas.length === 0) throw error;
    await writeFile(name, findingNamesIn(schemas, await readFile(file)), { mode: 0o600 });
    await restore(name);
  });
}

/** Publications contain tables of any owner. */
export function isPublication(entry: string): boolean {
  return /^\d+; \d+ \d+ (?:PUBLICATION|COMMENT - PUBLICATION)\b/.test(entry);
}

export interface RestoreTarget {
  readonly connectionString: string;
  /** The role that the login switches to. @default the login itself */
  readonly role?: string | undefined;
  /** The search path for names without a schema, in order, for the second attempt. */
  readonly schemas: readonly string[];
  readonly signal: AbortSignal;
}

export function roleArguments(role: string | undefined): string[] {
  return role === undefined ? [] : [`--role=${role}`];
}
