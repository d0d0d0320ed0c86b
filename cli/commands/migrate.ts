import type { Command } from 'commander';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

interface Options extends OperationOptions {
  readonly to?: string;
}

export function migrateCommand(program: Command): void {
  program
    .command('migrate <id>')
    .description("apply the fleet's migrations that a tenant's database does not have yet")
    .option('--to <migration>', 'the newest to be applied, such as 0012_notes; without it, all of them')
    .option('--wait', 'wait until they are applied')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('migrate acme --wait', 'migrate acme --to 0012_notes --wait'))
    .action((id: string, { to, ...options }: Options) =>
      operate(
        (tenantry) => tenantry.start.migrate(id, to === undefined ? {} : { to: withoutSuffix(to) }),
        ({ applied, schemaVersion }) =>
          applied.length === 0
            ? `${id} has them all already, the newest ${schemaVersion ?? 'none'}`
            : `${id} is at ${schemaVersion}: ${applied.join(', ')} applied`,
        options,
      ),
    );
}

/** Also accepts a file's name. */
function withoutSuffix(migration: string): string {
  return migration.replace(/\.sql$/, '');
}
