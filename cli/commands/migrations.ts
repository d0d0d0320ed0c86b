import type { Command } from 'commander';
import { flawInWords, flawsOfMigrations, inOrder } from '../../tenancy/migration-files.js';
import { readMigrations } from '../../worker/fleet-migrations.js';
import { loadFleet } from '../../worker/load-fleet.js';
import { exitCodes } from '../exit-codes.js';
import { fleetFile } from '../fleet-file.js';
import { examples } from '../help.js';
import { answer, answerJson } from '../say.js';

export function migrationsCommand(program: Command): void {
  const migrations = program
    .command('migrations')
    .description("the fleet's migrations")
    .addHelpText('after', examples('migrations check'));
  migrations
    .command('check')
    .description(
      'read the migrations as every onboarding does before it applies any; exits with 1 on a problem',
    )
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('migrations check', 'migrations check --json'))
    .action(check);
}

async function check({ json }: { json?: true }): Promise<void> {
  const { migrations: folder } = await loadFleet(fleetFile());
  const files = folder === undefined ? [] : await readMigrations(folder);
  const flaws = flawsOfMigrations(files);
  const newest = inOrder(files.map(({ name }) => name)).at(-1) ?? null;
  if (flaws.length > 0) process.exitCode = exitCodes.failed;
  if (json) {
    const problems = flaws.map(({ file, line, words }) => ({ file, line: line ?? null, message: words }));
    answerJson({ folder: folder ?? null, files: files.length, newest, problems });
    return;
  }
  for (const flaw of flaws) answer(flawInWords(flaw));
  if (flaws.length > 0) return;
  if (folder === undefined) answer('the fleet has no migrations');
  else if (newest === null) answer(`${folder} holds no .sql file`);
  else
    answer(
      `${files.length} in ${folder} can be read, the newest ${newest}.sql; what Postgres says of their SQL, an onboarding shows`,
    );
}
