import pg from 'pg';
import { redact } from '../tenancy/redact.js';
import { conditionName } from './sql-conditions.js';

/*
 * An error of a tenant's Postgres quotes the tenant's data: "invalid input syntax for type integer: …", the
 * detail "Key (email)=(…) already exists", or the text of a `raise exception`. A failure ends up in
 * Temporal's history, in logs and in the catalog, where it outlives the tenant. So we keep an error's
 * SQLSTATE and the names of its objects, but never its detail, hint, context and query, and its sentence only
 * if it cannot contain a row.
 *
 * The SQLSTATE alone decides nothing: `raise … using errcode` takes any. Only the server can set which of its
 * source files reported the error, and an error from within a function comes with a context.
 */

/**
 * The fields of an error that we read: from `pg`, from another copy of it, or from another driver in a user's
 * hook.
 */
export interface PostgresError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly where?: string | undefined;
  readonly internalQuery?: string | undefined;
  readonly position?: string | undefined;
  readonly file?: string | undefined;
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly constraint?: string | undefined;
  readonly dataType?: string | undefined;
}

export function isPostgresError(error: unknown): error is PostgresError {
  if (error instanceof pg.DatabaseError) return error.code !== undefined;
  return (
    error instanceof Error &&
    'severity' in error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code)
  );
}

/** The parser and the analyzer, if they point at a position in the statement: the sender wrote that text. */
const parser = /^(scan\.l|gram\.y|parser\.c|analyze\.c|parse_\w+\.c)$/;

/**
 * The files that look up a name. A cast to `regclass` passes them a row's value, so the statement must
 * contain the name.
 */
const lookups = /^(namespace|acl|objectaddress|parse_func|parse_type|guc)\.c$/;

interface Speaker {
  /** The source files whose sentences name only existing objects, or none. */
  readonly files: RegExp;
  readonly why: string;
}

/**
 * The SQLSTATE classes whose sentences may be kept, with the source files that must have reported them.
 * Omitted on purpose: 22 and 23 quote the offending values, P0 comes from a function's `raise`, XX can be
 * anything, and the rest says little.
 */
const speakers: Readonly<Record<string, Speaker>> = {
  '0A': {
    files: /^(extension|heap|tablecmds|utility)\.c$/,
    why: 'what is not supported of a command, said of tables and extensions',
  },
  '25': { files: /^(utility|postgres|xact)\.c$/, why: 'the state of the transaction' },
  '28': { files: /^(auth|miscinit|postinit)\.c$/, why: 'a login that was refused, before any statement' },
  '2B': { files: /^(dependency|pg_shdepend|user)\.c$/, why: 'objects that others depend on' },
  '3D': { files: /^(postinit|dbcommands)\.c$/, why: 'the name of a database in a connection or a command' },
  '3F': { files: /^schemacmds\.c$/, why: 'the name of a schema in a command' },
  '40': { files: /^(heapam|deadlock|predicate)\.c$/, why: 'transactions in conflict' },
  '42': {
    files:
      /^(aclchk|dependency|heap|index|indexcmds|tablecmds|user|pg_namespace|pg_enum|schemacmds|typecmds|postinit|view)\.c$/,
    why: 'commands on objects: a right that is missing, a name that is taken',
  },
  '53': {
    files: /^(proc|postinit|md|fd|pagestore_smgr)\.c$/,
    why: 'connections, memory or disk used up; the last file is of Neon and says that the size limit is reached',
  },
  '55': {
    files: /^(postgres|heapam|dbcommands|tablecmds|postinit)\.c$/,
    why: 'an object that is in use, a lock that was not got',
  },
  '57': { files: /^(postgres|postmaster|backend_startup)\.c$/, why: 'the server or an operator ended it' },
};

/** The files that check constraints: their errors carry the objects' names in protocol fields. */
const checkers =
  /^(execMain|nodeModifyTable|nbtinsert|execIndexing|ri_triggers|tablecmds|tuplesort|tuplesortvariants|execExprInterp|execExpr|domains|typecmds|heap)\.c$/;

const longestSentence = 200;
/** Postgres' own limit for a name is 63 bytes. */
const longestName = 63;

/**
 * The publishable text of an error:
 * `unique_violation (23505) on table public.notes, constraint notes_email_key`, or `undefined_table (42P01): relation "notes" does not exist`. `statement` is the text
 * that was sent, if it is at hand.
 */
export function wordsOf(error: PostgresError, statement?: string): string {
  const sentence = sentenceOf(error, statement);
  const what = `${conditionName(error.code)} (${redact(error.code, 5)})${objectsOf(error)}`;
  return sentence === undefined ? what : `${what}: ${redact(sentence, longestSentence)}`;
}

/** The same for a connection error: no statement ran, and messages of Neon's proxy name no source file. */
export function wordsOnConnecting(error: PostgresError): string {
  return error.file === undefined && isOutermost(error)
    ? `${conditionName(error.code)} (${redact(error.code, 5)}): ${redact(error.message, longestSentence)}`
    : wordsOf(error);
}

function sentenceOf(error: PostgresError, statement: string | undefined): string | undefined {
  const { code, file = '', message, position } = error;
  const speaker = speakers[code.slice(0, 2)];
  if (speaker === undefined || !isOutermost(error)) return undefined;
  const ofStatement = position !== undefined && parser.test(file);
  const ofLookup = lookups.test(file) && statement !== undefined && hasNames(statement, message);
  return ofStatement || ofLookup || speaker.files.test(file) ? message : undefined;
}

/** Whether the error comes from the statement itself, not from a function that it called. */
function isOutermost({ where, internalQuery }: PostgresError): boolean {
  return where === undefined && internalQuery === undefined;
}

/** Whether the statement contains every name in the sentence. */
function hasNames(statement: string, sentence: string): boolean {
  const quoted = [...sentence.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
  const called = /^(?:function|procedure|aggregate|routine) ([^("]+)\(/.exec(sentence)?.[1];
  const names = called === undefined ? quoted : [...quoted, called];
  const text = statement.toLowerCase();
  return names.length > 0 && names.every((name) => text.includes(name.toLowerCase()));
}

function objectsOf({ file = '', schema, table, column, constraint, dataType }: PostgresError): string {
  // A `raise` may set these fields to anything.
  if (!checkers.test(file)) return '';
  const inSchema = (name: string) => (schema === undefined ? name : `${schema}.${name}`);
  const named = [
    ...(table === undefined ? [] : [`table ${inSchema(table)}`]),
    ...(table === undefined && dataType !== undefined ? [`type ${inSchema(dataType)}`] : []),
    ...(column === undefined ? [] : [`column ${column}`]),
    ...(constraint === undefined ? [] : [`constraint ${constraint}`]),
  ];
  return named.length === 0
    ? ''
    : ` on ${named.map((name) => redact(name, 2 * longestName + 20)).join(', ')}`;
}
