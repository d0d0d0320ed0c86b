import type { Command } from 'commander';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

interface Options extends OperationOptions {
  readonly plan?: string;
  readonly customer?: string;
  readonly reuseErased?: boolean;
}

export function onboardCommand(program: Command): void {
  program
    .command('onboard <id>')
    .description('create a tenant: a Neon project of its own, migrated, with a limited role')
    .option('--plan <plan>', "the tenant's plan; by default the fleet's default plan")
    .option('--customer <customer>', 'the customer of yours that it belongs to: customers take turns')
    .option('--reuse-erased', 'allow an id that was erased for good')
    .option('--wait', 'wait until the tenant is ready')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('onboard acme --wait', 'onboard acme --plan free --json'))
    .action((id: string, { plan, customer, reuseErased = false, ...options }: Options) =>
      operate(
        (tenantry) =>
          tenantry.start.onboard({
            id,
            ...(plan === undefined ? {} : { plan }),
            ...(customer === undefined ? {} : { customer }),
            reuseErased,
          }),
        ({ projectId, seconds }) => `${id} is ready: project ${projectId}, after ${seconds.toFixed(1)} s`,
        options,
      ),
    );
}
