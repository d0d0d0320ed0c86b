import type { RehearsedFile, RehearsedMigrations, RehearsedRows } from '../../client/index.js';
import { heldUpBy } from '../../tenancy/rehearsal.js';
import { table } from '../table.js';

/** A table of each file's effects, for people. */
export function rehearsalLines({ id, files, problem }: RehearsedMigrations): string[] {
  if (files.length === 0 && problem === undefined) return [`${id} has them all already`];
  const rows = files.map((file) => [
    `${file.name}.sql`,
    inTime(file.run.ms),
    file.againMs === undefined ? '' : inTime(file.againMs),
    locked(file),
    counted(file.run.rewritten),
    counted(file.run.written),
    inBytes(file.run.walBytes),
  ]);
  const head = ['file', 'took', 'again', 'held up', 'rewrote', 'changed rows', 'log'];
  return [
    ...(rows.length === 0 ? [] : [table([head, ...rows])]),
    ...(problem === undefined ? [] : [problem.message]),
    problem === undefined
      ? `${files.length} rehearsed on a branch of ${id}, which is deleted`
      : `${files.length} rehearsed on a branch of ${id}, which is deleted; the next one fails`,
  ];
}

/** `reads and writes of public.notes`; leaves out locks that block nothing. */
function locked({ run, inTransaction }: RehearsedFile): string {
  const held = run.locks.flatMap(({ table: name, mode }) => {
    const what = heldUpBy(mode);
    return what === undefined ? [] : [`${what} of ${name}`];
  });
  return held.length === 0 ? (inTransaction ? 'nobody' : 'nobody seen') : held.join(', ');
}

function counted(tables: readonly RehearsedRows[]): string {
  return tables.map(({ table: name, rows }) => `${name} ${rows}`).join(', ');
}

function inTime(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

function inBytes(bytes: number): string {
  const at = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)));
  return `${(bytes / 1_000 ** at).toFixed(at === 0 ? 0 : 1)} ${units[at]}`;
}

/**
 * The files that differ between the worker and this folder: the rehearsal did not test this folder's version.
 * @param here The names without `.sql`, each with its hash.
 */
export function otherFiles(
  { files }: Pick<RehearsedMigrations, 'files'>,
  here: ReadonlyMap<string, string>,
): string[] {
  return files.filter(({ name, sha256 }) => here.get(name) !== sha256).map(({ name }) => `${name}.sql`);
}
