import { describe, expect, it } from 'vitest';
import { readSqlScript } from '../../tenancy/sql-script.js';

const cut = (script: string) =>
  readSqlScript(script).statements.map(({ from, to }) => script.slice(from, to));

describe('a script is cut at semicolons, but for those', () => {
  it.each([
    ['of a text', `select 'a;b', 'it''s; c'`],
    ['of a text with escapes', String.raw`select e'it\'s; a', E'\\', 'plain\'`],
    ['of a quoted name', `select 1 as "a;""b;"`],
    ['of a comment', 'select 1 -- one; two\n + 2'],
    ['of a comment in a comment', 'select 1 /* a; /* b; */ c; */ + 2'],
    ['of a body in dollars', 'do $$ begin perform 1; end $$'],
    ['of a body in named dollars', 'do $a$ begin perform $$;$$; end $a$'],
    ['after a dollar in a name', 'select a$b$c from t'],
    [
      'of a body in standard SQL',
      'create or replace function f(a int) returns int begin atomic select case when a > 1 then 2 else 3 end; select 4; end',
    ],
    [
      'of a body in which "end" is a name',
      'create function f() returns int begin atomic select p.end from p; select 1 as end; end',
    ],
    [
      'of a rule in parentheses',
      'create rule r as on insert to t do also (insert into a values (1); insert into b values (2))',
    ],
    ['of a procedure', 'create procedure p() begin atomic insert into t values (1); delete from t; end'],
  ])('%s', (_, statement) => {
    expect(cut(`${statement};\nselect 'next'; -- and\n`)).toEqual([statement, "select 'next'"]);
  });

  it('that end nothing', () => {
    expect(cut(';; -- nothing\n; select 1;;')).toEqual(['select 1']);
  });

  it('what never ends is one statement', () => {
    expect(cut("select 'a; b")).toEqual(["select 'a; b"]);
    expect(cut('do $x$ a; b')).toEqual(['do $x$ a; b']);
    expect(cut('select 1 /* a; b')).toEqual(['select 1']);
    expect(cut('select "a; b')).toEqual(['select "a; b']);
    expect(cut(String.raw`select e'a; b\'`)).toEqual([String.raw`select e'a; b\'`]);
  });
});

it('a statement has its line and its first words', () => {
  expect(
    readSqlScript("-- why\n\nCREATE Unique INDEX\n concurrently i on t (a);\n select 'x'").statements,
  ).toMatchObject([
    { line: 3, words: ['create', 'unique', 'index', 'concurrently', 'i', 'on', 't', 'a'] },
    { line: 5, words: ['select'] },
  ]);
});

it('comments, and commands of psql, have their lines', () => {
  const script =
    "\\restrict abc\nselect 1; -- one\n/* two\n */ select '\\nothing\n\\here';\n\\unrestrict abc";
  const { comments, commands, statements } = readSqlScript(script);
  expect(comments).toMatchObject([
    { line: 2, text: '-- one' },
    { line: 3, text: '/* two\n */' },
  ]);
  expect(commands).toEqual([1, 6]);
  expect(statements).toHaveLength(2);
});

it('a comment ends with its line, whatever ends that', () => {
  expect(readSqlScript('-- note\rcommit;').statements).toMatchObject([{ words: ['commit'] }]);
});

it('twenty thousand statements with comments in them are read at one go', () => {
  const statement = "insert into t values (1, -- one\n 2, 'x');\n";
  const { statements } = readSqlScript(statement.repeat(20_000));
  expect(statements).toHaveLength(20_000);
  expect(statements.at(-1)?.line).toBe(39_999);
});

it('sixteen megabytes of one text are read', () => {
  expect(cut(`select '${'x;'.repeat(8 * 1024 * 1024)}'; select 2`)).toHaveLength(2);
});
