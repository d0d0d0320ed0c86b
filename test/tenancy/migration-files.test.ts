import { describe, expect, it } from 'vitest';
import {
  flawInWords,
  flawsOfMigrations,
  inOrder,
  isMigration,
  scriptOf,
} from '../../tenancy/migration-files.js';
import { table, unfitMigrations } from './unfit-migrations.js';

const flaws = (files: Readonly<Record<string, string | Uint8Array>>) =>
  flawsOfMigrations(
    Object.entries(files).map(([name, content]) => ({ name, bytes: Buffer.from(content) })),
  ).map(flawInWords);

describe('a file of migrations', () => {
  it.each(unfitMigrations)('with $what is refused, by its name', ({ files, says }) => {
    expect(flaws(files).join('; ')).toBe(says);
  });

  it('that cannot be read is refused', () => {
    expect(flawsOfMigrations([{ name: '1_a.sql', bytes: undefined }]).map(flawInWords)).toEqual([
      '1_a.sql cannot be read',
    ]);
  });

  it.each([
    ['plain', table],
    ['with both parts', `-- a note\n\n-- Up Migration\n${table}\n-- Down Migration\ndrop table notes;\n`],
    ['with a transaction in its down part', `-- Up Migration\n${table}-- Down Migration\nbegin;\n\\q\n`],
    ['with a long comment above its up part', `/*\n * what this is for\n */\n-- Up Migration\n${table}`],
    ['in any language', "insert into countries values ('Österreich', '日本');\n"],
    ['with a word of migrations in a string', "select '-- and up';\n-- we go up, then down\n"],
    ['with markers in a text', "select '\n-- Down Migration\n';\n"],
    [
      'with transactions in a function',
      'create procedure p() language plpgsql as $$ begin commit; end $$;\n',
    ],
    ['with points of return', `savepoint a;\n${table}rollback to a;\n`],
    ['with a body in standard SQL', 'create function f() returns int begin atomic select 1; end;\n'],
    [
      'with an index made concurrently',
      '-- why\n-- tenantry: no transaction\ncreate unique index concurrently if not exists "I x" on only shop.notes (id);\n',
    ],
  ])('%s is as good as any', (_, content) => {
    expect(flaws({ '1_a.sql': content, '0002_größe b.sql': table })).toEqual([]);
  });

  it('is told from what lies beside it', () => {
    const names = ['1_a.sql', '1_a.SQL', 'readme.md', '.1_a.sql', '1_a.sql.bak'];
    expect(names.filter(isMigration)).toEqual(['1_a.sql', '1_a.SQL']);
  });
});

describe('of a file of migrations', () => {
  const scriptIn = (content: string) => scriptOf({ name: '1_a.sql', bytes: Buffer.from(content) });

  it('all but its down part is applied', () => {
    const up = `-- Up Migration\n${table}`;
    expect(scriptIn(`${up}-- Down Migration\ndrop table notes;\n`)).toEqual({
      up,
      inTransaction: true,
      isContract: false,
    });
  });

  it('the index of its statement is known, and not one that a comment tells of', () => {
    const told =
      '-- tenantry: no transaction\n-- as create index concurrently if not exists other on others (id)\n';
    expect(
      scriptIn(`${told}create index concurrently if not exists mine on public . notes (id)`),
    ).toMatchObject({
      index: { name: 'mine', table: 'public . notes' },
    });
  });

  it('the index that it makes without a transaction is known', () => {
    const made =
      '-- tenantry: no transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS "I x" ON shop.notes (id);\n';
    expect(scriptIn(made)).toEqual({
      up: made,
      inTransaction: false,
      isContract: false,
      index: { name: '"I x"', table: 'shop.notes' },
    });
    const other = '-- tenantry: no transaction\nvacuum notes;\n';
    expect(scriptIn(other)).toEqual({ up: other, inTransaction: false, isContract: false });
  });

  it.each([
    ['-- tenantry: contract', true],
    ['-- why\n\n--tenantry:Contract', true],
    ['-- the contract with tenantry', false],
    ['-- Up Migration\n-- tenantry: contract', true],
  ])('%j says whether it is a contract', (above, isContract) => {
    expect(scriptIn(`${above}\ndrop table notes;\n`)).toMatchObject({ inTransaction: true, isContract });
  });

  it('both directives hold together', () => {
    const both = '-- tenantry: no transaction\n-- tenantry: contract\ndrop index concurrently if exists i;\n';
    expect(scriptIn(both)).toEqual({ up: both, inTransaction: false, isContract: true });
  });
});

it('a number that is no time may stand beside times', () => {
  expect(flaws({ '0001_init.sql': table, '20240601093000123_b.sql': table })).toEqual([]);
});

it('migrations are applied in the order of their numbers', () => {
  expect(inOrder(['10_c.sql', '0009_b.sql', '2_a.sql'])).toEqual(['2_a', '0009_b', '10_c']);
  expect(inOrder(['20240601093000124_b.sql', '20240601093000123_a.sql'])).toEqual([
    '20240601093000123_a',
    '20240601093000124_b',
  ]);
});
