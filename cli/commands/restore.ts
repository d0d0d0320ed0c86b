import type { Command } from 'commander';
import type { RestorePoint } from '../../client/index.js';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';
import { UsageError } from '../usage-error.js';

interface Asked {
  readonly snapshot?: string;
  readonly time?: string;
  readonly state?: string;
}

export function restoreCommand(program: Command): void {
  program
    .command('restore <id>')
    .description("restore a tenant's database; what it holds until then is kept, and can be restored too")
    .option('--snapshot <name>', 'to a snapshot')
    .option('--time <time>', "to a time within the plan's history, such as 2026-03-01T12:00:00Z")
    .option('--state <name>', 'to what it held before a restore, which undoes that one')
    .option('--wait', 'wait until its role has logged in')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'restore acme --snapshot before-import --wait',
        'restore acme --time 2026-03-01T12:00:00Z --wait',
      ),
    )
    .action((id: string, { snapshot, time, state, ...options }: OperationOptions & Asked) => {
      const to = pointOf({ ...(snapshot && { snapshot }), ...(time && { time }), ...(state && { state }) });
      return operate(
        (tenantry) => tenantry.start.restore(id, { to }),
        ({ keptState }) =>
          `${id} is restored; what it held before is kept: restore ${id} --state ${keptState}`,
        options,
      );
    });
}

function pointOf({ snapshot, time, state }: Asked): RestorePoint {
  const points: RestorePoint[] = [
    ...(snapshot === undefined ? [] : [{ snapshot }]),
    ...(time === undefined ? [] : [{ time }]),
    ...(state === undefined ? [] : [{ state }]),
  ];
  const [point, ...others] = points;
  if (point === undefined || others.length > 0)
    throw new UsageError('say what to restore to, with one of --snapshot, --time and --state');
  return point;
}
