import { describe, expect, it } from 'vitest';
import { flawInWords, flawsOfMigrations, inOrder, isMigration } from '../../tenancy/migration-files.js';

const bytes = (content: string | readonly number[]) =>
  typeof content === 'string' ? Buffer.from(content) : Uint8Array.from(content);
const flaws = (files: Readonly<Record<string, string | readonly number[]>>) =>
  flawsOfMigrations(Object.entries(files).map(([name, content]) => ({ name, bytes: bytes(content) }))).map(
    flawInWords,
  );

const table = 'create table notes (id int);\n';
const unfit: readonly (readonly [string, Readonly<Record<string, string | readonly number[]>>, RegExp])[] = [
  [
    'a down part, and no up marker',
    { '1_a.sql': `${table}-- Down Migration\ndrop table notes;\n` },
    /^1_a\.sql, line 2, has a down part and no line "-- Up Migration"/,
  ],
  [
    'a down part above the up part',
    { '1_a.sql': `-- Down Migration\ndrop table notes;\n-- Up Migration\n${table}` },
    /^1_a\.sql, line 1, has its down part above/,
  ],
  [
    'a statement above a comment that reads as the marker',
    { '1_a.sql': `${table}-- up migration of last week follows\nselect 1;\n` },
    /^1_a\.sql, line 1, stands above the comment that begins with "Up Migration"/,
  ],
  [
    'two up parts',
    { '1_a.sql': `-- Up Migration\n${table}-- Up Migration\nselect 1;\n` },
    /^1_a\.sql, line 3, begins an up part once more/,
  ],
  ['Latin-1', { '1_a.sql': [...bytes('select 1;\n-- '), 0xd6, 0x0a] }, /^1_a\.sql, line 2, is not UTF-8/],
  [
    'half a character at the end',
    { '1_a.sql': [...bytes('select 1; -- '), 0xc3] },
    /^1_a\.sql, line 1, is not UTF-8/,
  ],
  ['UTF-16, little end first', { '1_a.sql': [0xff, 0xfe, 0x73, 0x00] }, /^1_a\.sql is UTF-16/],
  ['UTF-16, big end first', { '1_a.sql': [0xfe, 0xff, 0x00, 0x73] }, /^1_a\.sql is UTF-16/],
  ['UTF-16 without its mark', { '1_a.sql': [0x73, 0x00, 0x65, 0x00] }, /^1_a\.sql, line 1, holds a byte 0/],
  [
    'a byte order mark',
    { '1_a.sql': [0xef, 0xbb, 0xbf, ...bytes(table)] },
    /^1_a\.sql begins with a byte order mark/,
  ],
  ['a byte 0 further down', { '1_a.sql': `${table}\0` }, /^1_a\.sql, line 2, holds a byte 0/],
  ['nothing', { '1_a.sql': '' }, /^1_a\.sql holds no statement/],
  ['comments alone', { '1_a.sql': '-- later\n/* and\nlater */\n' }, /^1_a\.sql holds no statement/],
  ['markers alone', { '1_a.sql': '-- Up Migration\n\n-- Down Migration\n' }, /^1_a\.sql holds no statement/],
  ['a name in capitals at its end', { '1_a.SQL': table }, /^1_a\.SQL is left out/],
  ['a name without a number', { 'notes.sql': table }, /^notes\.sql does not begin with a number/],
  ['an apostrophe in its name', { "1_o'hara.sql": table }, /has a character in its name/],
  [
    'the number of another',
    { '0001_a.sql': table, '1_b.sql': table },
    /^0001_a\.sql and 1_b\.sql have the same number, 1/,
  ],
  [
    'a time to the millisecond among times to the second',
    { '20230101120000_a.sql': table, '20240601093000123_b.sql': table },
    /^20240601093000123_b\.sql has a number of 17 digits, which would be applied before 20230101120000_a\.sql/,
  ],
  [
    'more than anyone means',
    { '1_a.sql': `select '${'x'.repeat(16 * 1024 * 1024)}';` },
    /^1_a\.sql is larger than 16 MiB/,
  ],
];

describe('a file of migrations', () => {
  it.each(unfit)('with %s is refused, by its name', (_, files, words) => {
    expect(flaws(files)).toEqual([expect.stringMatching(words)]);
  });

  it('that cannot be read is refused', () => {
    expect(flawsOfMigrations([{ name: '1_a.sql', bytes: undefined }]).map(flawInWords)).toEqual([
      '1_a.sql cannot be read',
    ]);
  });

  it.each([
    ['plain', table],
    ['with both parts', `-- a note\n\n-- Up Migration\n${table}\n-- Down Migration\ndrop table notes;\n`],
    ['with a long comment above its up part', `/*\n * what this is for\n */\n-- Up Migration\n${table}`],
    ['in any language', "insert into countries values ('Österreich', '日本');\n"],
    ['with a word of migrations in a string', "select '-- and up';\n-- we go up, then down\n"],
  ])('%s is as good as any', (_, content) => {
    expect(flaws({ '1_a.sql': content, '0002_größe b.sql': table })).toEqual([]);
  });

  it('is told from what lies beside it', () => {
    const names = ['1_a.sql', '1_a.SQL', 'readme.md', '.1_a.sql', '1_a.sql.bak'];
    expect(names.filter(isMigration)).toEqual(['1_a.sql', '1_a.SQL']);
  });
});

it('migrations are applied in the order of their numbers', () => {
  expect(inOrder(['10_c.sql', '0009_b.sql', '2_a.sql'])).toEqual(['2_a', '0009_b', '10_c']);
});
