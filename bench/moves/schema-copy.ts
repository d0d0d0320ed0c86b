import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { postgresProgram } from '../../tenancy/postgres-program.js';

const run = promisify(execFile);

export interface SchemaCopy {
  /** Tables, types, functions: what comes before the rows. */
  makeTables(): Promise<void>;
  /** Primary keys and unique constraints: by these, changed rows are found. */
  makeKeys(): Promise<void>;
  /** What is made faster, and checked better, once the rows are there: all other indexes, foreign keys, triggers. */
  makeRest(): Promise<void>;
}

/** Definitions of one database, to be made in another in three parts, with rows in between. */
export async function schemaCopy(
  binDir: string,
  from: string,
  to: string,
  folder: string,
): Promise<SchemaCopy> {
  const tool = async (name: string, connectionString: string, args: readonly string[]): Promise<string> => {
    const { address, environment } = postgresProgram(connectionString, process.env);
    const { stdout } = await run(path.join(binDir, name), [`--dbname=${address}`, ...args], {
      env: { ...environment },
    });
    return stdout;
  };
  const archive = path.join(folder, 'schema.dump');
  await tool('pg_dump', from, ['--format=custom', '--schema-only', '--no-publications', `--file=${archive}`]);
  const restore = ['--single-transaction', '--no-privileges'];
  const listed = (
    await run(path.join(binDir, 'pg_restore'), ['--list', '--section=post-data', archive])
  ).stdout
    .split('\n')
    .filter((line) => /^\d+;/.test(line));
  const make = async (name: string, entries: readonly string[]) => {
    const list = path.join(folder, `${name}.list`);
    writeFileSync(list, `${entries.join('\n')}\n`);
    await tool('pg_restore', to, [...restore, `--use-list=${list}`, archive]);
  };
  const isKey = (line: string) => /^\d+; \d+ \d+ CONSTRAINT /.test(line);
  return {
    makeTables: async () => void (await tool('pg_restore', to, [...restore, '--section=pre-data', archive])),
    makeKeys: () => make('keys', listed.filter(isKey)),
    makeRest: () =>
      make(
        'rest',
        listed.filter((line) => !isKey(line)),
      ),
  };
}
