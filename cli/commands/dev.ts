import type { Command } from 'commander';
import { examples } from '../help.js';
import { type WorkerChoice, workerOptions } from '../own-worker.js';

export function devCommand(program: Command): void {
  const command = program
    .command('dev')
    .description('run the whole stack in this terminal, until Ctrl-C')
    .addHelpText('after', examples('dev'));
  for (const option of workerOptions) command.addOption(option);
  command.action(async (choice: WorkerChoice) => (await import('../dev.js')).dev(choice));
}
