import type { Command } from 'commander';
import { examples } from '../help.js';

export function statusCommand(program: Command): void {
  program
    .command('status')
    .description('show what is up: servers, addresses, versions, the worker, and who polls which task queue')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('status', 'status --json'))
    .action(async (options: { json?: true }) => (await import('../status/status.js')).status(options));
}
