import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import type pg from 'pg';
import { runPostgresTool } from '../postgres-tools.js';
import { findingNamesIn } from './restored-names.js';

/** What comes before the rows, and what comes after them: indexes, constraints, triggers. */
export type SchemaSection = 'pre-data' | 'post-data';

/** A database's definitions, without a row, in a file for `pg_restore`. */
export interface SchemaArchive {
  readonly file: string;
  /** The archive's table of contents, a line for each object, in an order in which they can be made. */
  readonly entries: readonly string[];
}

/** A role that may write a table can keep it locked for ever, so a dump gives up. */
export const lockWait = '--lock-wait-timeout=60s';

/** Dumps definitions into a folder of the caller's own. */
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

/** The entries of a role: its name is the last word of a line. A cast has no owner, so those that are its own are named. */
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

/** An entry begins with its own number, and those of its catalog and its row there; 2605 is pg_cast. */
const cast = /^\d+; 2605 (\d+) /;

/** `CAST (a AS b)`, of a cast or of the comment on one. */
function nameOfCast(line: string): string | undefined {
  return /^\d+; \d+ \d+ (?:CAST|COMMENT) - (CAST .*)$/.exec(line)?.[1];
}

/** The casts that a role may make, because it owns one of their types: their oids. */
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
 * Makes some of an archive's objects in another database, in one transaction, as the connection's own login. Privileges are
 * left out: Neon's own default privileges are not an owner's to set again.
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
  // As it was written first: under another path a name that stands there may be another thing's.
  await restore(file).catch(async (error: unknown) => {
    const refused = error instanceof ApplicationFailure && error.type === 'DatabaseRefused';
    if (!refused || schemas.length === 0) throw error;
    await writeFile(name, findingNamesIn(schemas, await readFile(file)), { mode: 0o600 });
    await restore(name);
  });
}

/** Publications stand on tables, whosever those are. */
export function isPublication(entry: string): boolean {
  return /^\d+; \d+ \d+ (?:PUBLICATION|COMMENT - PUBLICATION)\b/.test(entry);
}

export interface RestoreTarget {
  readonly connectionString: string;
  /** The role that the login works as. @default its own */
  readonly role?: string | undefined;
  /** Where names without a schema are looked for, in order, if they are not found as they stand. */
  readonly schemas: readonly string[];
  readonly signal: AbortSignal;
}

export function roleArguments(role: string | undefined): string[] {
  return role === undefined ? [] : [`--role=${role}`];
}
