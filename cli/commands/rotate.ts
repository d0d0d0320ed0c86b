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
      "give a tenant's application a new login and password; the old ones work beside them for a while",
    )
    .option('--owner', "the owner's password too, which drops open connections once")
    .option('--now', 'the credential was leaked: close the old login at once, with no overlap')
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
