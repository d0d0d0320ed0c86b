import { type Command, InvalidArgumentError } from 'commander';
import { examples } from '../help.js';
import type { CheckOptions } from '../migrations/check-migrations.js';
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
    .action(async (options: CheckOptions) =>
      (await import('../migrations/check-migrations.js')).checkMigrations(options),
    );
}

function migration(text: string): string {
  if (/^\d/.test(text)) return text;
  throw new InvalidArgumentError("It is a migration's name, or the number that it begins with.");
}
