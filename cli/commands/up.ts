import type { Command } from 'commander';
import { examples } from '../help.js';
import { type WorkerChoice, workerOptions } from '../own-worker.js';
import { waitsAnyway } from '../waits-anyway.js';

export function upCommand(program: Command): void {
  const command = program
    .command('up')
    .description('start the whole stack in the background')
    .addOption(waitsAnyway())
    .addHelpText('after', examples('up'));
  for (const option of workerOptions) command.addOption(option);
  command.action(async (choice: WorkerChoice) => (await import('../up.js')).up(choice));
}
