import { describe, expect, it } from 'vitest';
import { failureOf } from '../../activities/database/migrate-database.js';
import { runScript } from '../../activities/database/sql/run-script.js';
import { readMigrationScript } from '../../tenancy/migration-script.js';
import { emptyDatabase } from '../support/catalog-database.js';
import { withClient } from '../support/sql.js';

const url = emptyDatabase();

/** The failure of a file, run in a session that is thrown away. */
async function failureOfFile(text: string): Promise<unknown> {
  const read = readMigrationScript(text);
  if ('flaws' in read) throw new Error(JSON.stringify(read.flaws));
  return withClient(await url, async (client) => {
    await client.query('begin');
    const migration = { name: '0007_notes', sha256: '', script: read.script };
    const failed = await runScript(client, read.script.up).then(
      () => undefined,
      (error: unknown) => failureOf(error, migration),
    );
    await client.query('rollback');
    return failed;
  });
}

const fails = 'insert into notes\n  values (1);';

describe('a migration that fails at run time', () => {
  it.each([
    [
      'after other statements',
      `create table notes (id int primary key);\ninsert into notes values (1);\n\n${fails}\nselect 1;\n`,
      4,
    ],
    [
      'below comments and empty statements',
      `;;\n-- one; two\ncreate table notes (id int primary key);; insert into notes values (1);\n/* ;\n */\n${fails}`,
      6,
    ],
    [
      'below a function, a rule and a text that hold semicolons',
      `create table notes (id int primary key);
insert into notes values (1);
create function f() returns int language plpgsql as $$
begin
  return 1;
end $$;
create function g() returns int begin atomic select 1; select 2; end;
create table log (id int);
create rule r as on update to log do also (insert into log values (1); insert into log values (2));
comment on table notes is 'a;b';
${fails}
`,
      11,
    ],
    [
      "in the down part's file",
      `-- Up Migration\ncreate table notes (id int primary key);\ninsert into notes values (1);\n${fails}\n-- Down Migration\ndrop table notes;\n`,
      4,
    ],
  ])('names the line at which the statement begins: %s', async (_, text, line) => {
    expect(await failureOfFile(text)).toMatchObject({
      type: 'MigrationFailed',
      message: expect.stringContaining(`migration 0007_notes.sql, line ${line}: `),
      details: [expect.objectContaining({ file: '0007_notes.sql', line, sqlState: '23505' })],
    });
  });

  it('keeps the line within the statement where Postgres gives its place', async () => {
    expect(await failureOfFile('select 1;\nselect\n  nowhere;\n')).toMatchObject({
      message: expect.stringContaining('line 3: '),
    });
  });
});
