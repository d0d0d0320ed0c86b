import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isMigration, type MigrationFile } from '../tenancy/migration-files.js';

/** The files of a folder that are, or look like, migrations, links included. */
export async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const found = await readdir(folder, { withFileTypes: true });
  const names = found
    .filter((entry) => (entry.isFile() || entry.isSymbolicLink()) && isMigration(entry.name))
    .map(({ name }) => name);
  return Promise.all(
    names.map(async (name) => ({
      name,
      bytes: await readFile(path.join(folder, name)).catch(() => undefined),
    })),
  );
}
