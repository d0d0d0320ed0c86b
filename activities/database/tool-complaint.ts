import type { ApplicationFailure } from '@temporalio/activity';
import { type FailureType, failure } from '../../tenancy/failures.js';

/*
 * pg_dump and pg_restore repeat the server's errors on their standard error, and those repeat rows: the line
 * of a refused COPY, the duplicate key. There is no SQLSTATE and no field to go by, so only known sentences
 * pass, in which nothing but object names varies. A function that raises such a sentence can put no more into
 * it than a tenant can put into the name of a table.
 */

const name = '"[^"\\n]{1,63}"';
const typeName = '[\\w$."\\[\\]]{1,130}(?: [a-z]{1,20}){0,3}';
const bareName = '[\\w$."]{1,130}';

/** The programs' own messages. */
const programs = [
  'could not execute query',
  'query failed',
  'query was not executed',
  `COPY failed for table ${name}`,
  `Dumping the contents of table ${name} failed: \\w+\\(\\) failed`,
  'error returned by PQput\\w+',
  'Error message from server',
  'aborting because of server version mismatch',
  'could not translate host name',
  'SSL error',
  'server closed the connection unexpectedly',
  'no connection to the server',
  'unexpected end of file',
  'out of memory',
];

/**
 * The server's messages about objects, without rows. Where a value would follow, the sentence ends before it.
 */
const servers = [
  `permission denied for [a-z ]{1,30} ${bareName}`,
  `permission denied to [a-z ]{1,60}`,
  `must be (?:owner of|able to SET ROLE|a member of the role|superuser) ?[a-z ]{0,30}(?:${name}|${bareName})?`,
  `(?:role|schema|database|extension|type|relation|table|column|language|collation|operator class|access method|index) ${name}(?: of relation ${name})? (?:does not exist|already exists|is not available)`,
  `extension ${name} (?:is not available|must be installed[a-z ]*)`,
  `operator does not exist: ${typeName} [-+*/<>=~!@#%^&|\`?]{1,63} ${typeName}`,
  `function ${bareName}\\([\\w$."\\[\\], ]{0,200}\\) does not exist`,
  `duplicate key value violates unique constraint ${name}`,
  `could not create unique index ${name}`,
  `insert or update on table ${name} violates foreign key constraint ${name}`,
  `(?:new row for|check constraint ${name} of) relation ${name} (?:violates check constraint ${name}|is violated by some row)`,
  `null value in column ${name} of relation ${name} violates not-null constraint`,
  `column ${name} of relation ${name} contains null values`,
  `value for domain ${bareName} violates (?:check constraint ${name}|not-null constraint)`,
  'invalid input syntax for type [a-z ]{1,40}',
  `invalid input value for enum ${bareName}`,
  '(?:smallint|integer|bigint) out of range',
  'numeric field overflow',
  'division by zero',
  'invalid byte sequence for encoding "[A-Z0-9_]{1,20}"',
  `query would be affected by row-level security policy for table ${name}`,
  'canceling statement due to (?:statement timeout|lock timeout|user request)',
  'terminating connection due to [a-z -]{1,60}',
  'deadlock detected',
  'could not serialize access[a-z -]{0,80}',
  'could not extend file because project size limit \\(\\d+ MB\\) has been exceeded',
  'cannot execute [A-Z ]{1,40} in a read-only transaction',
  'out of (?:shared )?memory',
  'unrecognized configuration parameter "[\\w.]{1,63}"',
];

const own = new RegExp(`^(?:${programs.join('|')})(?:: (?:${programs.join('|')}))?`);
const server = new RegExp(`^(?:${servers.join('|')})`);

/** What a message means; the first match counts. The texts are those of the locale C. */
const readings: readonly (readonly [RegExp, FailureType])[] = [
  [/^connection to server .* failed: .*exceeded the .* quota/, 'DatabaseOverQuota'],
  [/^aborting because of server version mismatch/, 'Unexpected'],
  [/^connection to server .* failed|^could not translate host name/, 'DatabaseUnreachable'],
  [
    /closed the connection|terminating connection|connection not open|SSL SYSCALL|reset by peer/,
    'DatabaseUnreachable',
  ],
];

const notRepeated =
  'the server refused in words that may hold rows, so they are not repeated; its own log has them';

/** The failure of a Postgres program that ended with an error, from its standard error. */
export function failureOfTool(tool: string, complaints: string): ApplicationFailure {
  const lines = complaints
    .split('\n')
    .flatMap((line) => (line.startsWith(`${tool}: `) ? [line.slice(tool.length + 2)] : []));
  const errors = lines.flatMap((line) => /^(?:error|detail): (.*)$/.exec(line)?.[1] ?? []);
  const detail = lines.flatMap((line) => /^detail: (.*)$/.exec(line)?.[1] ?? []).slice(0, 1);
  // An error that a function raises can span several lines and imitate others, so only the first line
  // decides.
  const [, type = 'DatabaseRefused'] =
    readings.find(([pattern]) =>
      errors
        .slice(0, 1)
        .concat(detail)
        .some((error) => pattern.test(error)),
    ) ?? [];
  const place = complaints.split('\n').flatMap((line) => placeIn(line) ?? [])[0];
  const words = [...new Set(errors.flatMap((error, at) => wordsOf(error, at === 0) ?? []))].slice(0, 3);
  const hint =
    type === 'Unexpected'
      ? `; name a folder with a newer ${tool} in TENANTRY_POSTGRES_BIN (the environment of the worker)`
      : '';
  const said =
    words.length > 0 ? words.join('; ') : complaints.trim() === '' ? 'it said nothing' : notRepeated;
  return failure(type, `${tool} failed${place === undefined ? '' : ` at ${place}`}: ${said}${hint}`);
}

/**
 * The entry of the dump that was in progress, `TABLE notes owner`; or the start of its statement,
 * `ALTER TABLE ONLY public.notes`.
 */
function placeIn(line: string): string | undefined {
  const entry = /from TOC entry \d+; \d+ \d+ ([A-Z][A-Z ]{2,40} .{1,160})$/.exec(line)?.[1];
  return entry ?? command.exec(line)?.[1];
}

const command = new RegExp(`^Command was: ((?:[A-Z]{2,20} ){1,5}${bareName})`);

/** Before the server's first error only a login was attempted: its error contains no rows. */
function wordsOf(error: string, first: boolean): string | undefined {
  if (first && error.startsWith('connection to server ')) return error.slice(0, 300);
  const frame = own.exec(error)?.[0];
  const [, severity, sentence] = /(ERROR|FATAL|PANIC): {1,2}(.*)$/.exec(error) ?? [];
  if (severity === undefined || sentence === undefined) return frame;
  const known = server.exec(sentence)?.[0] ?? notRepeated;
  return frame === undefined ? known : `${frame}: ${known}`;
}
