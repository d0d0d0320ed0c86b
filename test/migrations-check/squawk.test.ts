import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkFolder } from '../../cli/migrations/check-folder.js';
import { plainFleet } from '../cli/plain-fleet.js';
import { runTenantry } from '../support/command-line.js';
import { scratchFolder } from '../support/scratch-folder.js';

/** The lockfile has its build for one platform, where it has to be there. */
const isLocked = process.platform === 'linux' && process.arch === 'x64';

const filesOf = (files: Readonly<Record<string, string>>) =>
  Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
const found = async (files: Readonly<Record<string, string>>, after?: string) =>
  (await checkFolder(filesOf(files), { after })).warnings.map(
    ({ file, line, source, rule }) => `${file}:${line} ${source} ${rule}`,
  );

/** Files that are wrong in the ways that people get wrong; each is named with its line. */
const bad = {
  '0002_index.sql': '-- Up Migration\n\ncreate index notes_body on notes (body);\n',
  '0003_required.sql': 'alter table notes\n  add column kind text not null;\n',
  '0004_retype.sql': 'alter table notes alter column body type varchar(200);\n',
  '0005_check.sql': "alter table notes add constraint body_said check (body <> '');\n",
  '0006_foreign.sql': 'alter table notes add constraint of foreign key (author) references authors (id);\n',
  '0007_volatile.sql': 'alter table notes add column at timestamptz default clock_timestamp();\n',
  '0008_not_null.sql': 'alter table notes alter column body set not null;\n',
  '0009_drop.sql': 'alter table notes drop column body;\n',
  '0010_rename.sql': 'alter table notes rename column body to content;\n',
  '0011_gone.sql': 'drop table notes;\n',
  '0012_unique.sql': 'alter table notes add constraint one unique (body);\n',
  '0013_role.sql': 'set role reporting;\n',
};

describe.runIf(isLocked)('squawk', () => {
  it('names each of twelve bad files with its line, beside rules of our own', async () => {
    expect(await found(bad)).toEqual(
      expect.arrayContaining([
        '0002_index.sql:3 squawk require-concurrent-index-creation',
        '0003_required.sql:2 squawk adding-required-field',
        '0004_retype.sql:1 squawk changing-column-type',
        '0005_check.sql:1 squawk constraint-missing-not-valid',
        '0006_foreign.sql:1 squawk adding-foreign-key-constraint',
        '0007_volatile.sql:1 squawk adding-field-with-default',
        '0008_not_null.sql:1 squawk adding-not-nullable-field',
        '0009_drop.sql:1 squawk ban-drop-column',
        '0010_rename.sql:1 squawk renaming-column',
        '0011_gone.sql:1 squawk ban-drop-table',
        '0012_unique.sql:1 squawk disallowed-unique-constraint',
        '0013_role.sql:1 tenantry another-role',
      ]),
    );
  });

  it('says nothing of what is seen to: limits of time, statements that a transaction takes back, a contract', async () => {
    expect(
      await found({
        '1_notes.sql':
          'create table notes (id bigint primary key, body text);\ncreate index on notes (body);\n',
        '2_more.sql': 'alter table notes add column more text;\n',
        '3_index.sql':
          '-- tenantry: no transaction\ncreate index concurrently if not exists notes_more on notes (more);\n',
        '4_gone.sql': '-- tenantry: contract\nalter table notes drop column body;\n',
        '5_down.sql':
          '-- Up Migration\nalter table notes add column other text;\n-- Down Migration\ndrop table notes;\n',
      }),
    ).toEqual([]);
  });

  it('is told what Tenantry has for an index and for what older code uses', async () => {
    const { warnings } = await checkFolder(filesOf(bad));
    const wordsOf = (file: string) => warnings.find((warning) => warning.file === file)?.words;
    expect(wordsOf('0002_index.sql')).toContain('"-- tenantry: no transaction"');
    expect(wordsOf('0009_drop.sql')).toContain('"-- tenantry: contract"');
  });

  it('leaves out files that were applied long ago', async () => {
    expect(await found(bad, '0011')).toEqual([
      '0012_unique.sql:1 squawk constraint-missing-not-valid',
      '0012_unique.sql:1 squawk disallowed-unique-constraint',
      '0013_role.sql:1 tenantry another-role',
    ]);
  });
});

describe('the command', () => {
  const scratch = scratchFolder('tenantry-lint-');
  let config: string;
  beforeAll(async () => {
    config = await plainFleet(scratch.path);
    await mkdir(path.join(scratch.path, 'sql'));
    await writeFile(
      config,
      (await readFile(config, 'utf8')).replace("name: 'plain',", "name: 'plain', migrations: 'sql',"),
    );
  });
  afterAll(() => scratch.remove());
  const check = (...args: string[]) =>
    runTenantry(['migrations', 'check', ...args], {
      TENANTRY_CONFIG: config,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });

  it('warns, and fails on a warning only if it is to', async () => {
    await writeFile(
      path.join(scratch.path, 'sql', '0001_a.sql'),
      'create table a ();\nset role reporting;\n',
    );
    const { exitCode, stdout } = await check('--strict');
    expect({ exitCode, first: stdout.split('\n')[0] }).toEqual({
      exitCode: 1,
      first: expect.stringMatching(/^warning: 0001_a\.sql, line 2, takes another role: .* \(another-role\)$/),
    });
    expect(await check('--strict', '--after', '0001')).toMatchObject({ exitCode: 0 });
    const inJson = await check('--json');
    expect(inJson.exitCode).toBe(0);
    const json = z
      .object({ warnings: z.array(z.unknown()), unchecked: z.array(z.string()) })
      .parse(JSON.parse(inJson.stdout));
    expect(json.warnings).toEqual([
      {
        file: '0001_a.sql',
        line: 2,
        source: 'tenantry',
        rule: 'another-role',
        message: expect.stringContaining('takes another role'),
      },
    ]);
  });

  it('goes on without squawk, and says what was not checked, why, and what to do', async () => {
    const broken = path.join(scratch.path, 'squawk.cjs');
    await writeFile(broken, "console.error('error: the binary does not fit'); process.exit(1);\n");
    const files = filesOf({ '0001_a.sql': 'set role reporting;\n' });
    const checked = await checkFolder(files, { squawk: broken });
    expect(checked.warnings).toHaveLength(1);
    expect(checked.unchecked).toEqual([
      expect.stringMatching(/^which locks .*: squawk did not run: error: the binary does not fit$/),
    ]);
  });
});
