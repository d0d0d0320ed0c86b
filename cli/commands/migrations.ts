import { type Command, InvalidArgumentError } from 'commander';
import type { RehearsedMigrations } from '../../client/index.js';
import { flawInWords } from '../../tenancy/migration-files.js';
import { onOneLine, onOneLineIn } from '../../tenancy/redact.js';
import { readMigrations, soundMigrations } from '../../worker/fleet-migrations.js';
import { loadFleet } from '../../worker/load-fleet.js';
import { withBackend } from '../backend.js';
import { exitCodes } from '../exit-codes.js';
import { fleetFile } from '../fleet-file.js';
import { examples } from '../help.js';
import { type CheckedFolder, type CheckWarning, checkFolder } from '../migrations/check-folder.js';
import { otherFiles, rehearsalLines } from '../migrations/rehearsal-view.js';
import { resultShowingSteps, runOf } from '../operate.js';
import { answer, answerJson } from '../say.js';
import { waitsAnyway } from '../waits-anyway.js';

export function migrationsCommand(program: Command): void {
  const migrations = program
    .command('migrations')
    .description("the fleet's migrations")
    .addHelpText('after', examples('migrations check'));
  migrations
    .command('check')
    .description(
      'read the migrations as every onboarding does, lint them, and rehearse them on a branch if asked to; exits with 1 on a problem',
    )
    .option(
      '--after <migration>',
      'warn of files after this one only, for an applied one never changes',
      migration,
    )
    .option('--strict', 'exit with 1 on a warning too')
    .option('--rehearse <id>', 'apply what this tenant lacks to a branch of its database, twice')
    .option(
      '--to <migration>',
      'the newest to be rehearsed, such as 0012_notes; without it, all of them',
      migration,
    )
    .addOption(waitsAnyway())
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'migrations check',
        'migrations check --after 0012 --strict',
        'migrations check --rehearse acme',
      ),
    )
    .action(check);
}

interface Options {
  readonly after?: string;
  readonly strict?: true;
  readonly rehearse?: string;
  readonly to?: string;
  readonly json?: true;
}

async function check({ after, strict, rehearse: id, to, json }: Options): Promise<void> {
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

function migration(text: string): string {
  if (/^\d/.test(text)) return text;
  throw new InvalidArgumentError("It is a migration's name, or the number that it begins with.");
}
