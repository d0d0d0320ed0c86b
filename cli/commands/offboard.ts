import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { OffboardedTenant, OperationHandle, TenantryClient } from '../../client/index.js';
import { ownCommand } from '../../local/own-command.js';
import { duration } from '../duration.js';
import { examples } from '../help.js';
import { type AcceptedNote, type OperationOptions, operate } from '../operate.js';
import { UsageError } from '../usage-error.js';

interface Options extends OperationOptions {
  readonly export?: true;
  readonly grace?: number;
  readonly now?: true;
  readonly yes?: true;
}

export function offboardCommand(program: Command): void {
  program
    .command('offboard <id>')
    .description(
      'shut a tenant out at once, and delete its project after a grace in which that can be undone',
    )
    .option('--export', "leave a dump of its database in the worker's folder for exports")
    .option('--grace <duration>', 'for how long it can be undone, such as 36h or 14d', duration)
    .option('--now', 'delete at once, without a grace; needs --yes')
    .option('--yes', 'confirm that --now deletes the project')
    .option('--wait', 'wait until the project is gone, the grace included')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('offboard acme --export', 'offboard acme --now --yes --wait'))
    .action((id: string, { export: wanted, grace, now, yes, ...options }: Options) => {
      if (now && grace !== undefined)
        throw new UsageError('--now leaves no time to undo it, and --grace does: give one of the two');
      if (now && !yes) {
        throw new UsageError(
          `--now deletes the project of ${id} at once, and nothing can undo it; if that is meant, add --yes`,
        );
      }
      return operate(
        (tenantry) =>
          tenantry.start.offboard(id, {
            export: wanted === true,
            ...(now ? { graceMs: 0 } : grace === undefined ? {} : { graceMs: grace }),
          }),
        toldOf,
        options,
        now ? {} : { accepted: untilWhenUndoable },
      );
    });
}

export function undoOffboardingCommand(program: Command): void {
  program
    .command('undo-offboarding <id>')
    .description('take an offboarding back during its grace')
    .option('--wait', 'wait until the tenant is let in again')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('undo-offboarding acme --wait'))
    .action((id: string, options: OperationOptions) =>
      operate((tenantry) => tenantry.start.undoOffboarding(id), toldOf, options, {
        underWay: () => `the offboarding of ${id} is being undone`,
      }),
    );
}

/** A running worker begins the operation at once. */
const beginsWithinMs = 5_000;
const lookMs = 100;

/**
 * The earliest end of the time in which an offboarding can be undone: the grace period begins once the tenant is shut
 * out. The run reports the length of that period once it has begun; without a worker there is no report yet.
 */
async function untilWhenUndoable(
  tenantry: TenantryClient,
  { tenantId, runId }: OperationHandle<unknown>,
): Promise<AcceptedNote> {
  for (const deadline = Date.now() + beginsWithinMs; Date.now() < deadline; await sleep(lookMs)) {
    const history = await tenantry.history(tenantId);
    const began = history.find((entry) => entry.runId === runId && entry.event === 'began');
    const tenant = await tenantry.get(tenantId);
    const settled = tenant?.settledState;
    // Any other tenant may have no database left to reopen.
    if (settled !== 'ready' && settled !== 'suspended') break;
    const graceMs = began?.detail.graceMs;
    if (began === undefined || typeof graceMs !== 'number') continue;
    const until = new Date(began.at.getTime() + graceMs).toISOString();
    return {
      line: `it can be undone until ${until} at least: ${ownCommand} undo-offboarding ${tenantId}`,
      fields: { undoableUntil: until },
    };
  }
  return { fields: { undoableUntil: null } };
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
