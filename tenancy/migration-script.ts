import { readSqlScript, type SqlComment, type SqlScript, type SqlStatement } from './sql-script.js';

/*
 * The contents of a migration file: its parts, its directives, its statements. A script that would run otherwise than
 * it reads, or could not run at all, has a flaw, which is found before anything is changed.
 */

/** A file without flaws, ready to be applied. */
export interface MigrationScript {
  /** The file without its down part, so positions in it are positions in the file. */
  readonly up: string;
  /** False for a single statement that cannot run in a transaction. */
  readonly inTransaction: boolean;
  /** Whether it removes what older code may still use: see `contracts.ts`. */
  readonly isContract: boolean;
  /** The index that this single statement creates. */
  readonly index?: ConcurrentIndex;
}

/** The names as they are in the statement. */
export interface ConcurrentIndex {
  readonly name: string;
  readonly table: string;
}

export interface ScriptFlaw {
  readonly line?: number;
  /** The fault and its remedy. */
  readonly words: string;
}

export type ReadMigration = { readonly flaws: readonly ScriptFlaw[] } | { readonly script: MigrationScript };

export function readMigrationScript(text: string): ReadMigration {
  const script = readSqlScript(text);
  const parts = partsOf(text, script);
  if ('flaw' in parts) return { flaws: [parts.flaw] };
  const end = parts.down?.from ?? text.length;
  const statements = script.statements.filter(({ from }) => from < end);
  if (statements.length === 0) return { flaws: [{ words: 'holds no statement' }] };
  const up = text.slice(0, end);
  const said = directivesOf(script.comments, statements[0]?.from ?? end);
  const inTransaction = !said.has(noTransaction);
  const flaws = [
    ...[...said].flatMap(([directive, { line }]) =>
      directives.includes(directive) ? [] : [{ line, words: unknownDirective(directive) }],
    ),
    ...nearDirectives(script.comments, end),
    ...misplacedDirectives(script.comments, statements[0]?.from ?? end, end),
    ...commandsOf(script, up),
    ...statements.flatMap((statement) => flawsOfStatement(up, statement, inTransaction)),
    ...(inTransaction ? [] : flawsOfCount(statements)),
  ];
  if (flaws.length > 0) return { flaws };
  const [only] = statements;
  const index = inTransaction || only === undefined ? undefined : indexMadeBy(up.slice(only.from, only.to));
  const isContract = said.has(contract);
  return { script: { up, inTransaction, isContract, ...(index === undefined ? {} : { index }) } };
}

const up = /^--[\s-]*up\s+migration/i;
const down = /^--[\s-]*down\s+migration/i;
/** A comment that contains only a marker. */
const bare = /^--[\s-]*(?:up|down)\s+migration[\s-]*$/i;

/** The marker at which the down part begins, if there is one. */
function partsOf(
  text: string,
  { comments, statements }: SqlScript,
): { readonly down: SqlComment | undefined } | { readonly flaw: ScriptFlaw } {
  const marks = comments.filter(({ from }) =>
    /(^|\n)[^\S\n]*$/.test(text.slice(Math.max(0, from - 200), from)),
  );
  const [upMark, ...upAgain] = marks.filter((mark) => up.test(mark.text));
  const [downMark, ...downAgain] = marks.filter((mark) => down.test(mark.text));
  const flaw = (line: number, words: string) => ({ flaw: { line, words } });
  const vague = marks.find(({ text: said }) => (up.test(said) || down.test(said)) && !bare.test(said));
  if (vague !== undefined)
    return flaw(
      vague.line,
      'begins as a line that divides the file does, and says more: word it otherwise, or leave it at "-- Up Migration" or "-- Down Migration"',
    );
  if (downAgain[0] !== undefined)
    return flaw(downAgain[0].line, 'begins a down part once more: there can be one');
  if (downMark !== undefined && upMark === undefined)
    return flaw(
      downMark.line,
      'has a down part and no line "-- Up Migration", so the down part would be applied too: begin the file with one',
    );
  if (upMark === undefined) return { down: undefined };
  if (downMark !== undefined && downMark.from < upMark.from)
    return flaw(downMark.line, 'has its down part above its up part: put it below');
  const [above] = statements.filter(({ from }) => from < upMark.from);
  if (above !== undefined)
    return flaw(above.line, 'stands above the line "-- Up Migration", so it may be left out: put it below');
  const [again] = upAgain;
  return again === undefined
    ? { down: downMark }
    : flaw(again.line, 'begins an up part once more: there can be one');
}

const directive = /^--\s*tenantry\s*:\s*(.*?)\s*$/i;
const noTransaction = 'no transaction';
const contract = 'contract';
const directives: readonly string[] = [noTransaction, contract];
/** A comment that contains only a directive's words, with anything between them. */
const near = /^(?:--|\/\*)[^\p{L}]*tenantry[^\p{L}]*(?<words>no[^\p{L}]*transaction|contract)[^\p{L}]*$/iu;

function directiveIn({ text }: SqlComment): string | undefined {
  return directive.exec(text)?.[1]?.toLowerCase();
}

function directivesOf(comments: readonly SqlComment[], before: number): ReadonlyMap<string, SqlComment> {
  return new Map(
    comments.flatMap((comment) => {
      const said = directiveIn(comment);
      return said === undefined || comment.from > before ? [] : [[said, comment] as const];
    }),
  );
}

function unknownDirective(said: string): string {
  return `says "tenantry: ${said}", an unknown directive; known are ${directives.map((each) => `"${each}"`).join(' and ')}`;
}

/** Without this check, a contract whose colon was forgotten would be applied like any other file. */
function nearDirectives(comments: readonly SqlComment[], end: number): ScriptFlaw[] {
  return comments.flatMap((comment) => {
    const words = near.exec(comment.text)?.groups?.words;
    if (words === undefined || comment.from >= end || directiveIn(comment) !== undefined) return [];
    const meant = /^no/i.test(words) ? noTransaction : contract;
    return [
      { line: comment.line, words: `reads as a directive, and is none: write "-- tenantry: ${meant}"` },
    ];
  });
}

function misplacedDirectives(comments: readonly SqlComment[], after: number, end: number): ScriptFlaw[] {
  return comments
    .filter((comment) => comment.from > after && comment.from < end && directiveIn(comment) !== undefined)
    .map(({ line }) => ({
      line,
      words: 'is a directive below a statement, where it says nothing: put it above',
    }));
}

function commandsOf({ commands }: SqlScript, upPart: string): ScriptFlaw[] {
  const lines = upPart.split('\n').length;
  return commands
    .filter((line) => line <= lines)
    .map((line) => ({ line, words: "is a command of psql's, which no server knows: take it out" }));
}

function flawsOfStatement(text: string, statement: SqlStatement, inTransaction: boolean): ScriptFlaw[] {
  const { line, words } = statement;
  const flaw = (what: string) => [{ line, words: what }];
  if (endsTransaction(words))
    return flaw('begins or ends a transaction, and the file has its own: take it out');
  if (words[0] === 'copy' && words.includes('stdin'))
    return flaw('copies rows from the file, which only psql can: write them as inserts (pg_dump --inserts)');
  if (inTransaction)
    return fitsNoTransaction(words)
      ? flaw(
          `cannot be in a transaction: put it alone into a file that begins with "-- tenantry: ${noTransaction}"`,
        )
      : [];
  const made = text.slice(statement.from, statement.to);
  if (words[0] === 'create' && words.includes('concurrently') && indexMadeBy(made) === undefined)
    return flaw(
      'cannot be tried again after a try that broke off: begin it "create index concurrently if not exists <name> on"',
    );
  return [];
}

function endsTransaction([first, second]: readonly string[]): boolean {
  if (first === 'rollback') return second !== 'to';
  if (first === 'start' || first === 'prepare') return second === 'transaction';
  return ['begin', 'commit', 'end', 'abort'].includes(first ?? '');
}

/** Statements that Postgres refuses in a transaction, with error 25001. */
function fitsNoTransaction(words: readonly string[]): boolean {
  const [first, second] = words;
  if (first === 'vacuum') return true;
  if (first === 'alter') return second === 'system' || (second === 'table' && words.includes('concurrently'));
  if (second === 'database' || second === 'tablespace') return first === 'create' || first === 'drop';
  return ['create', 'drop', 'reindex'].includes(first ?? '') && words.slice(1, 5).includes('concurrently');
}

function flawsOfCount([, second]: readonly SqlStatement[]): ScriptFlaw[] {
  return second === undefined
    ? []
    : [
        {
          line: second.line,
          words:
            'is a second statement, and without a transaction there can be one: give it a file of its own',
        },
      ];
}

const name = '(?:"(?:[^"]|"")+"|[\\w$\\u0080-\\uffff]+)';
const concurrentIndex = new RegExp(
  `create\\s+(?:unique\\s+)?index\\s+concurrently\\s+if\\s+not\\s+exists\\s+(?<index>${name})\\s+on\\s+(?:only\\s+)?(?<table>${name}(?:\\s*\\.\\s*${name})?)`,
  'i',
);

function indexMadeBy(text: string): ConcurrentIndex | undefined {
  const { index, table } = concurrentIndex.exec(text)?.groups ?? {};
  return index === undefined || table === undefined ? undefined : { name: index, table };
}
