import type { Command } from 'commander';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

interface Options extends OperationOptions {
  readonly region?: string;
  readonly leaveBehind?: readonly string[];
}

export function moveCommand(program: Command): void {
  program
    .command('move <id>')
    .description("move a tenant's database into a new project, in another region; undo-move goes back")
    .option('--region <region>', "Neon's id of the region; by default that of the tenant's plan")
    .option('--leave-behind <role...>', 'roles that you created and that the new project will lack')
    .option('--wait', 'wait until the tenant lives in the new project')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples('move acme --region aws-eu-central-1 --wait', 'move acme --leave-behind reporting --wait'),
    )
    .action((id: string, { region, leaveBehind, ...options }: Options) =>
      operate(
        (tenantry) =>
          tenantry.start.move(id, {
            ...(region === undefined ? {} : { region }),
            ...(leaveBehind === undefined ? {} : { leaveBehind }),
          }),
        ({ projectId, gapSeconds, formerProjectId, undoableUntil }) =>
          `${id} lives in project ${projectId}, after ${gapSeconds.toFixed(1)} s without writes; project ${formerProjectId} is kept, closed, until ${undoableUntil}`,
        options,
      ),
    );
}
