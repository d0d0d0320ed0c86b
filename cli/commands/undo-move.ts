import type { Command } from 'commander';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';

export function undoMoveCommand(program: Command): void {
  program
    .command('undo-move <id>')
    .description('move a tenant back to the project that it left; what was written since stays behind')
    .option('--wait', 'wait until the tenant lives in its former project again')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('undo-move acme --wait'))
    .action((id: string, options: OperationOptions) =>
      operate(
        (tenantry) => tenantry.start.undoMove(id),
        ({ projectId, formerProjectId, undoableUntil }) =>
          `${id} lives in project ${projectId} again; project ${formerProjectId} is kept, closed, until ${undoableUntil}`,
        options,
      ),
    );
}
