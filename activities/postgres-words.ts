import pg from 'pg';
import { redact } from '../tenancy/redact.js';
import { conditionName } from './sql-conditions.js';

/*
 * An error of a tenant's Postgres quotes what the tenant stored: "invalid input syntax for type integer: …", the detail
 * "Key (email)=(…) already exists", whatever a `raise exception` says. A failure ends up in Temporal's history, in logs
 * and in the catalog, and there it outlives the tenant. So of an error we keep its SQLSTATE and the objects that it is
 * about; its detail, hint, context and query never; and its sentence only where it cannot hold a row.
 *
 * The SQLSTATE alone does not tell: `raise … using errcode` takes any. What nobody but the server can set is which file
 * of its source reported the error, and that an error from within a function comes with a context.
 */

/** The error as far as we look at it: of `pg`, of another copy of it, or of another driver in a user's hook. */
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

/** The parser and the analyzer, where they point at a place in the statement that was sent: its words are the sender's. */
const parser = /^(scan\.l|gram\.y|parser\.c|analyze\.c|parse_\w+\.c)$/;

/** What looks a name up. A cast to `regclass` reaches it with a row's value, so the statement must have had the name. */
const lookups = /^(namespace|acl|objectaddress|parse_func|parse_type|guc)\.c$/;

interface Speaker {
  /** The files whose sentences name objects that are there, or none at all. */
  readonly files: RegExp;
  readonly why: string;
}

/**
 * The classes of SQLSTATE whose sentences may be kept, with who must have spoken. Left out on purpose: 22 and 23 quote
 * the values that they object to, P0 is what a function raises, XX is anything at all, and the rest says little.
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

/** Where constraints are checked: their errors carry the objects' names in fields of the protocol. */
const checkers =
  /^(execMain|nodeModifyTable|nbtinsert|execIndexing|ri_triggers|tablecmds|tuplesort|tuplesortvariants|execExprInterp|execExpr|domains|typecmds|heap)\.c$/;

const longestSentence = 200;
/** Postgres' own limit of a name is 63 bytes. */
const longestName = 63;

/**
 * What may be told of an error: `unique_violation (23505) on table public.notes, constraint notes_email_key`, or
 * `undefined_table (42P01): relation "notes" does not exist`. `statement` is the text that was sent, where it is at hand.
 */
export function wordsOf(error: PostgresError, statement?: string): string {
  const sentence = sentenceOf(error, statement);
  const what = `${conditionName(error.code)} (${redact(error.code, 5)})${objectsOf(error)}`;
  return sentence === undefined ? what : `${what}: ${redact(sentence, longestSentence)}`;
}

/** The same of an error in connecting: no statement ran, and what Neon's proxy says itself names no file. */
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

/** Of the statement itself, and not of a function that it called. */
function isOutermost({ where, internalQuery }: PostgresError): boolean {
  return where === undefined && internalQuery === undefined;
}

/** Whether every name in a sentence about a name stands in the statement, too. */
function hasNames(statement: string, sentence: string): boolean {
  const quoted = [...sentence.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
  const called = /^(?:function|procedure|aggregate|routine) ([^("]+)\(/.exec(sentence)?.[1];
  const names = called === undefined ? quoted : [...quoted, called];
  const text = statement.toLowerCase();
  return names.length > 0 && names.every((name) => text.includes(name.toLowerCase()));
}

function objectsOf({ file = '', schema, table, column, constraint, dataType }: PostgresError): string {
  // A `raise` may set these fields to what it likes.
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
