import type { Command } from 'commander';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

export function repairCommand(program: Command): void {
  program
    .command('repair <id>')
    .description('make a tenant what the catalog says it is, whatever has changed it')
    .option('--wait', 'wait until it is repaired, and print what was')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('repair acme --wait'))
    .action((id: string, options: OperationOptions) =>
      operate(
        (tenantry) => tenantry.start.repair(id),
        ({ state, mended }) =>
          mended.length === 0
            ? `${id} is ${state}, and all was as it should be`
            : [`${id} is ${state} again; mended:`, ...mended.map((what) => `- ${what}`)].join('\n'),
        options,
      ),
    );
}
