import type { Command } from 'commander';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';
import { UsageError } from '../usage-error.js';

interface Options extends OperationOptions {
  readonly yes?: true;
}

export function eraseCommand(program: Command): void {
  program
    .command('erase <id>')
    .description(
      'forget an offboarded or failed tenant for good, its history included; only a tombstone stays',
    )
    .option('--yes', 'forget it, and mean it')
    .option('--wait', 'wait until it is forgotten')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('erase acme --yes --wait'))
    .action((id: string, { yes, ...options }: Options) => {
      if (!yes) {
        throw new UsageError(
          `erase forgets all that is known of ${id}, its history too, and nothing can undo it; to keep a copy: export ${id}; if it is meant, add --yes`,
        );
      }
      return operate(
        (tenantry) => tenantry.start.erase(id),
        () => `${id} is erased; a tombstone keeps its id from being used again by accident`,
        options,
      );
    });
}
