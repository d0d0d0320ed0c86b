import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveTo, type Postgres, writeNew } from '../../postgres/index.js';

/** On Neon an owner creates these without being a superuser. Where Postgres itself trusts one, nothing is needed. */
const trusted = [
  'vector',
  'pg_stat_statements',
  'postgres_fdw',
  'dblink',
  'bloom',
  'pgrowlocks',
  'pgstattuple',
  'autoinc',
  'insert_username',
  'moddatetime',
  'refint',
];

/**
 * Writes control files that call these extensions trusted and point to the installed scripts.
 * @returns the value of `extension_control_path`
 */
export function trustedExtensions(folder: string, postgres: Postgres): string {
  const installed = installedExtensions(postgres.binDir);
  const controls = join(folder, 'extension');
  mkdirSync(controls, { recursive: true, mode: 0o755 });
  giveTo(postgres.runAs, folder);
  giveTo(postgres.runAs, controls);
  for (const name of trusted) {
    const original = join(installed, `${name}.control`);
    if (!existsSync(original)) continue;
    const control = readFileSync(original, 'utf8').replace(/^(trusted|directory)\s*=.*$/gm, '');
    writeNew(join(controls, `${name}.control`), `${control}\ntrusted = true\ndirectory = '${installed}'\n`);
  }
  return `${folder}:$system`;
}

/** Distributions differ in where below their prefix the extensions are. */
function installedExtensions(binDir: string): string {
  const candidates = ['../share/extension', '../share/postgresql/extension'].map((path) =>
    join(binDir, path),
  );
  const found = candidates.find((folder) => existsSync(join(folder, 'plpgsql.control')));
  if (found === undefined) throw new Error(`no Postgres extensions near ${binDir}`);
  return found;
}
