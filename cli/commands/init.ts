import type { Command } from 'commander';
import { examples } from '../help.js';

export function initCommand(program: Command): void {
  program
    .command('init')
    .description('make the current folder a project: fleet, migration, worker, test, compose file')
    .option('--name <name>', "the fleet's name; by default made from the folder's")
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('init', 'init --name shop'))
    .action(async (options: { name?: string; json?: true }) =>
      (await import('../init/init.js')).init(options),
    );
}
