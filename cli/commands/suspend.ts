import type { Command } from 'commander';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

export function suspendCommand(program: Command): void {
  program
    .command('suspend <id>')
    .description(
      "keep everybody out of a tenant's database, with its compute asleep; resume lets them in again",
    )
    .option('--wait', 'wait until a connection was tried and refused')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('suspend acme --wait'))
    .action((id: string, options: OperationOptions) =>
      operate(
        (tenantry) => tenantry.start.suspend(id),
        ({ refusal }) =>
          `${id} is suspended${refusal === undefined ? ' already' : `; its role is told: ${refusal}`}`,
        options,
      ),
    );
}
