import type { Command } from 'commander';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

export function resumeCommand(program: Command): void {
  program
    .command('resume <id>')
    .description("let a suspended tenant in again, with its plan's quota")
    .option('--wait', 'wait until its role has logged in')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('resume acme --wait'))
    .action((id: string, options: OperationOptions) =>
      operate(
        (tenantry) => tenantry.start.resume(id),
        ({ seconds }) => `${id} is ready, after ${seconds.toFixed(1)} s`,
        options,
      ),
    );
}
