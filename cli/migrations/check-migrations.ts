import type { RehearsedMigrations } from '../../client/index.js';
import { flawInWords } from '../../tenancy/migration-files.js';
import { onOneLine, onOneLineIn } from '../../tenancy/redact.js';
import { readMigrations, soundMigrations } from '../../worker/fleet-migrations.js';
import { loadFleet } from '../../worker/load-fleet.js';
import { withBackend } from '../backend.js';
import { exitCodes } from '../exit-codes.js';
import { fleetFile } from '../fleet-file.js';
import { resultShowingSteps, runOf } from '../operate.js';
import { answer, answerJson } from '../say.js';
import { type CheckedFolder, type CheckWarning, checkFolder } from './check-folder.js';
import { otherFiles, rehearsalLines } from './rehearsal-view.js';

export interface CheckOptions {
  readonly after?: string;
  readonly strict?: true;
  readonly rehearse?: string;
  readonly to?: string;
  readonly json?: true;
}

/** Checks the files of the fleet's folder, and rehearses them if asked to. */
export async function checkMigrations({
  after,
  strict,
  rehearse: id,
  to,
  json,
}: CheckOptions): Promise<void> {
  const { migrations: folder } = await loadFleet(fleetFile());
  const checked = await checkFolder(folder === undefined ? [] : await readMigrations(folder), { after });
  const { flaws, warnings } = checked;
  if (flaws.length > 0 || (strict && warnings.length > 0)) process.exitCode = exitCodes.failed;
  if (!json) for (const line of linesOf(folder, checked)) answer(line);
  // Files that cannot be applied cannot be rehearsed.
  const rehearsal =
    id === undefined || folder === undefined || flaws.length > 0
      ? undefined
      : await rehearse(id, folder, { to: to ?? checked.newest, json });
  if (json) answerJson({ ...viewOf(folder, checked), ...(rehearsal === undefined ? {} : { rehearsal }) });
}

/** Rehearses the worker's files, which may differ from those in this folder. */
function rehearse(
  id: string,
  folder: string,
  { to, json }: { readonly to: string | undefined; readonly json: true | undefined },
): Promise<RehearsedMigrations & { readonly differing: readonly string[] }> {
  return withBackend(async (backend) => {
    const handle = await backend.tenantry.start.rehearse(
      id,
      to === undefined ? {} : { to: to.replace(/\.sql$/, '') },
    );
    const result = onOneLineIn(await resultShowingSteps(backend, handle, json ? { json } : {}));
    const here = await soundMigrations(folder);
    const differing = otherFiles(result, new Map(here.map(({ name, sha256 }) => [name, sha256])));
    if (result.problem !== undefined || differing.length > 0) process.exitCode = exitCodes.failed;
    if (!json) {
      for (const line of rehearsalLines(result)) answer(line);
      for (const file of differing) answer(`the worker has another ${file} than this folder`);
    }
    return { ...result, differing, ...runOf(backend, handle).run };
  });
}

/** The output of `--json`. Fields are only ever added. */
function viewOf(folder: string | undefined, { files, newest, flaws, warnings, unchecked }: CheckedFolder) {
  return {
    folder: folder ?? null,
    files,
    newest: newest ?? null,
    problems: flaws.map(({ file, line, words }) => ({ file, line: line ?? null, message: words })),
    warnings: warnings.map(({ words, ...warning }) => ({ ...warning, message: words })),
    unchecked,
  };
}

function linesOf(folder: string | undefined, checked: CheckedFolder): string[] {
  const { files, newest, flaws, warnings, unchecked } = checked;
  const problems = flaws.map(flawInWords);
  return [
    ...problems,
    ...warnings.map((warning) => onOneLine(warningInWords(warning))),
    ...unchecked.map((what) => `not checked: ${what}`),
    ...(problems.length > 0 ? [] : [endOf(folder, files, newest)]),
  ];
}

function endOf(folder: string | undefined, files: number, newest: string | undefined): string {
  if (folder === undefined) return 'the fleet has no migrations';
  if (newest === undefined) return `${folder} holds no .sql file`;
  return `${files} in ${folder} can be read, the newest ${newest}.sql; what Postgres says of their SQL, --rehearse shows`;
}

/** `warning: 0002_notes.sql, line 3, takes another role: … (another-role)` */
function warningInWords({ file, line, source, rule, words }: CheckWarning): string {
  return source === 'squawk'
    ? `warning: ${file}, line ${line}: ${words} (squawk: ${rule})`
    : `warning: ${file}, line ${line}, ${words} (${rule})`;
}
