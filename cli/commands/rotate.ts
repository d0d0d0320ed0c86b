import type { Command } from 'commander';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

interface Options extends OperationOptions {
  readonly owner?: boolean;
  readonly now?: boolean;
}

export function rotateCommand(program: Command): void {
  program
    .command('rotate <id>')
    .description(
      "give a tenant's application a new login and password; the old ones keep working for a while",
    )
    .option('--owner', "reset the owner's password too, which drops open connections once")
    .option('--now', 'for a leaked credential: close the old login at once, without an overlap')
    .option('--wait', 'wait until the old login is closed')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('rotate acme --wait', 'rotate acme --owner --wait'))
    .action((id: string, { owner = false, now = false, ...options }: Options) =>
      operate(
        (tenantry) => tenantry.start.rotateCredentials(id, { owner, now }),
        ({ role, retired }) => `${id} has the login ${role} now; ${retired} is closed`,
        options,
      ),
    );
}
