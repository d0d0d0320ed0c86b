/** Folders of migrations that are refused, each with all that is said of it. `docs/migrations.md` shows them. */
export interface UnfitMigrations {
  readonly what: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly says: string;
}

export const table = 'create table notes (id int);\n';
const one = (content: string | Uint8Array) => ({ '1_a.sql': content });

export const unfitMigrations: readonly UnfitMigrations[] = [
  {
    what: 'a down part, and no up marker',
    files: one(`${table}-- Down Migration\ndrop table notes;\n`),
    says: '1_a.sql, line 2, has a down part and no line "-- Up Migration", so the down part would be applied too: begin the file with one',
  },
  {
    what: 'a down part above the up part',
    files: one(`-- Down Migration\ndrop table notes;\n-- Up Migration\n${table}`),
    says: '1_a.sql, line 1, has its down part above its up part: put it below',
  },
  {
    what: 'a statement above the up part',
    files: one(`${table}-- Up Migration\nselect 1;\n`),
    says: '1_a.sql, line 1, stands above the line "-- Up Migration", so it may be left out: put it below',
  },
  {
    what: 'a comment that reads as a marker, and is none',
    files: one(`-- Up Migration\n${table}-- Down migrations are not possible from here on\n${table}`),
    says: '1_a.sql, line 3, begins as a line that divides the file does, and says more: word it otherwise, or leave it at "-- Up Migration" or "-- Down Migration"',
  },
  {
    what: 'two down parts',
    files: one(
      `-- Up Migration\n${table}-- Down Migration\ndrop table notes;\n-- Down Migration\nselect 1;\n`,
    ),
    says: '1_a.sql, line 5, begins a down part once more: there can be one',
  },
  {
    what: 'two up parts',
    files: one(`-- Up Migration\n${table}-- Up Migration\nselect 1;\n`),
    says: '1_a.sql, line 3, begins an up part once more: there can be one',
  },
  {
    what: 'a directive that is none',
    files: one(`-- tenantry: no transactions\n${table}`),
    says: '1_a.sql, line 1, says "tenantry: no transactions", an unknown directive; known are "no transaction" and "contract"',
  },
  {
    what: 'a misspelt contract',
    files: one(`-- tenantry: contracts\n${table}`),
    says: '1_a.sql, line 1, says "tenantry: contracts", an unknown directive; known are "no transaction" and "contract"',
  },
  {
    what: 'a directive without its colon, or in a comment of the other kind',
    files: one(`-- tenantry contract\n/* tenantry: no transaction */\n${table}`),
    says: '1_a.sql, line 1, reads as a directive, and is none: write "-- tenantry: contract"; 1_a.sql, line 2, reads as a directive, and is none: write "-- tenantry: no transaction"',
  },
  {
    what: 'a directive below a statement',
    files: one(`${table}-- tenantry: no transaction\n`),
    says: '1_a.sql, line 2, is a directive below a statement, where it says nothing: put it above',
  },
  {
    what: 'a transaction of its own',
    files: one(`begin;\n${table}commit;\n`),
    says: '1_a.sql, line 1, begins or ends a transaction, and the file has its own: take it out; 1_a.sql, line 3, begins or ends a transaction, and the file has its own: take it out',
  },
  {
    what: 'an index made concurrently, as any other statement',
    files: one(`${table}create index concurrently on notes (id);\n`),
    says: '1_a.sql, line 2, cannot be in a transaction: put it alone into a file that begins with "-- tenantry: no transaction"',
  },
  {
    what: 'an index made concurrently that cannot be tried again',
    files: one('-- tenantry: no transaction\ncreate index concurrently on notes (id);\n'),
    says: '1_a.sql, line 2, cannot be tried again after a try that broke off: begin it "create index concurrently if not exists <name> on"',
  },
  {
    what: 'two statements without a transaction',
    files: one('-- tenantry: no transaction\nvacuum notes;\nvacuum people;\n'),
    says: '1_a.sql, line 3, is a second statement, and without a transaction there can be one: give it a file of its own',
  },
  {
    what: 'a command of psql, as pg_dump writes it',
    files: one(`\\restrict k3y\n${table}\\unrestrict k3y\n`),
    says: "1_a.sql, line 1, is a command of psql's, which no server knows: take it out; 1_a.sql, line 3, is a command of psql's, which no server knows: take it out",
  },
  {
    what: 'rows, as pg_dump writes them',
    files: one(`${table}copy notes (id) from stdin;\n1\n\\.\n`),
    says: "1_a.sql, line 4, is a command of psql's, which no server knows: take it out; 1_a.sql, line 2, copies rows from the file, which only psql can: write them as inserts (pg_dump --inserts)",
  },
  {
    what: 'Latin-1',
    files: one(Buffer.from('select 1;\n-- \u00d6\n', 'latin1')),
    says: '1_a.sql, line 2, is not UTF-8, or not all of it: save it as UTF-8',
  },
  {
    what: 'half a character at the end',
    files: one(Buffer.from([...Buffer.from('select 1; -- '), 0xc3])),
    says: '1_a.sql, line 1, is not UTF-8, or not all of it: save it as UTF-8',
  },
  {
    what: 'UTF-16, little end first',
    files: one(Buffer.from([0xff, 0xfe, 0x73, 0x00])),
    says: '1_a.sql is UTF-16: save it as UTF-8',
  },
  {
    what: 'UTF-16, big end first',
    files: one(Buffer.from([0xfe, 0xff, 0x00, 0x73])),
    says: '1_a.sql is UTF-16: save it as UTF-8',
  },
  {
    what: 'UTF-16 without its mark',
    files: one(Buffer.from([0x73, 0x00, 0x65, 0x00])),
    says: '1_a.sql, line 1, holds a byte 0, which no statement can',
  },
  {
    what: 'a byte order mark',
    files: one(Buffer.from([0xef, 0xbb, 0xbf, ...Buffer.from(table)])),
    says: '1_a.sql begins with a byte order mark, which Postgres takes for a letter: save it as UTF-8 without one',
  },
  {
    what: 'a byte 0 further down',
    files: one(`${table}\0`),
    says: '1_a.sql, line 2, holds a byte 0, which no statement can',
  },
  { what: 'nothing', files: one(''), says: '1_a.sql holds no statement' },
  { what: 'comments alone', files: one('-- later\n/* and\nlater */\n'), says: '1_a.sql holds no statement' },
  {
    what: 'markers alone',
    files: one('-- Up Migration\n\n-- Down Migration\n'),
    says: '1_a.sql holds no statement',
  },
  {
    what: 'a name in capitals at its end',
    files: { '1_a.SQL': table },
    says: '1_a.SQL is left out, for its name does not end with ".sql"',
  },
  {
    what: 'a name without a number',
    files: { 'notes.sql': table },
    says: 'notes.sql does not begin with a number, which says when it is applied',
  },
  {
    what: 'an apostrophe in its name',
    files: { "1_o'hara.sql": table },
    says: `1_o'hara.sql has a character in its name that is no letter, digit, space, ".", "_" or "-"`,
  },
  {
    what: 'the number of another',
    files: { '0001_a.sql': table, '1_b.sql': table },
    says: '0001_a.sql and 1_b.sql have the same number, 1',
  },
  {
    what: 'a time to the millisecond among times to the second',
    files: { '20230101120000_a.sql': table, '20240601093000123_b.sql': table },
    says: '20240601093000123_b.sql has a number of 17 digits, so it would be applied after all that have fewer, such as 20230101120000_a.sql: give all files numbers of one length, such as 14',
  },
  {
    what: 'a time to the second among times to the minute',
    files: { '202301011200_a.sql': table, '20240601093000_b.sql': table },
    says: '20240601093000_b.sql has a number of 14 digits, so it would be applied after all that have fewer, such as 202301011200_a.sql: give all files numbers of one length, such as 14',
  },
  {
    what: 'more than anyone means',
    files: one(`select '${'x'.repeat(16 * 1024 * 1024)}';`),
    says: '1_a.sql is larger than 16 MiB: split it',
  },
];
