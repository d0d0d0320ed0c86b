import { createHash } from 'node:crypto';
import { failure } from '../../tenancy/failures.js';
import { flawInWords, flawsOfMigrations, inOrder, scriptOf } from '../../tenancy/migration-files.js';
import { readMigrations } from '../fleet-migrations.js';
import type { Migration } from './sql/apply-migration.js';

/** The folder's migrations in order. Throws `MigrationFailed` with the folder's first flaw. */
export async function soundMigrations(folder: string): Promise<Migration[]> {
  const files = await readMigrations(folder);
  const [flaw] = flawsOfMigrations(files);
  if (flaw !== undefined) {
    const { file, line } = flaw;
    throw failure('MigrationFailed', `migration ${flawInWords(flaw)}`, {
      details: { file, ...(line === undefined ? {} : { line }) },
    });
  }
  const byName = new Map(files.map((file) => [file.name, scriptOf(file)]));
  return inOrder([...byName.keys()]).flatMap((name) => {
    const script = byName.get(`${name}.sql`);
    return script === undefined ? [] : [{ name, sha256: sumOf(script.up), script }];
  });
}

/** A checkout may have other line endings elsewhere; it is the same file. */
function sumOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}
