import type { Command } from 'commander';
import type { OffboardedTenant } from '../../client/index.js';
import { type OperationOptions, operate } from '../operate.js';
import { UsageError } from '../usage-error.js';

interface Options extends OperationOptions {
  readonly export?: true;
  readonly now?: true;
  readonly yes?: true;
}

export function offboardCommand(program: Command): void {
  program
    .command('offboard <id>')
    .description(
      'take a tenant down: shut out at once, its project deleted after a grace in which it can be undone',
    )
    .option('--export', "leave a dump of its database in the worker's folder for exports")
    .option('--now', 'delete at once, with no time to undo it; needs --yes')
    .option('--yes', 'with --now: delete the project, and mean it')
    .option('--wait', 'wait until the project is gone, the grace and all')
    .option('--json', 'print one JSON object')
    .action((id: string, { export: wanted, now, yes, ...options }: Options) => {
      if (now && !yes) {
        throw new UsageError(
          `--now deletes the project of ${id} at once, and nothing can undo it; if that is meant, add --yes`,
        );
      }
      return operate(
        (tenantry) =>
          tenantry.start.offboard(id, { export: wanted === true, ...(now ? { graceMs: 0 } : {}) }),
        toldOf,
        options,
      );
    });
}

export function undoOffboardingCommand(program: Command): void {
  program
    .command('undo-offboarding <id>')
    .description('take an offboarding back while its grace lasts: the tenant is as it was before')
    .option('--wait', 'wait until the tenant is let in again')
    .option('--json', 'print one JSON object')
    .action((id: string, options: OperationOptions) =>
      operate((tenantry) => tenantry.start.undoOffboarding(id), toldOf, options),
    );
}

function toldOf(result: OffboardedTenant): string {
  const { id } = result;
  if (result.undone) return `the offboarding of ${id} was undone: it is ${result.state}, as before`;
  const { deletedProjectIds: deleted, recoverableUntil, export: dump } = result;
  return [
    `${id} is offboarded`,
    ...(dump === undefined
      ? []
      : [`its database is in ${dump.file} (${dump.bytes} bytes, sha256 ${dump.sha256})`]),
    ...(recoverableUntil === undefined
      ? []
      : [`Neon can bring ${deleted.join(', ')} back until ${recoverableUntil}`]),
  ].join('; ');
}
