import type { Command } from 'commander';
import type { DrilledTenant, TenantDrill } from '../../client/index.js';
import { age } from '../age.js';
import { withBackend } from '../backend.js';
import { exitCodes } from '../exit-codes.js';
import { examples } from '../help.js';
import { type OperationOptions, operate } from '../operate.js';
import { answer, answerJson } from '../say.js';
import { table } from '../table.js';

export function drillCommand(program: Command): void {
  const drill = program
    .command('drill')
    .description('prove that snapshots can be restored, and list what was proved')
    .addHelpText('after', examples('drill run acme --wait', 'drill list'));
  drill
    .command('run <id>')
    .description(
      'restore a snapshot to a branch, look into it, and delete the branch; exits with 1 if it is broken',
    )
    .option('--snapshot <name>', 'this one; without it, the newest')
    .option('--wait', 'wait for what it finds')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('drill run acme --wait', 'drill run acme --snapshot before-import --wait'))
    .action((id: string, { snapshot, ...options }: OperationOptions & { snapshot?: string }) =>
      operate(
        (tenantry) => tenantry.start.drill(id, snapshot === undefined ? {} : { snapshot }),
        (drilled) => inWords(id, drilled),
        options,
        { ended: ({ problem }) => (problem === undefined ? undefined : exitCodes.failed) },
      ),
    );
  drill
    .command('list')
    .description('list the drills, the newest first')
    .option('--tenant <id>', 'only those of this tenant')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('drill list', 'drill list --tenant acme --json'))
    .action(list);
}

function list({ tenant, json }: { readonly tenant?: string; readonly json?: true }): Promise<void> {
  return withBackend(async ({ tenantry }) => {
    const drills = await tenantry.drills(tenant === undefined ? {} : { tenant });
    if (json) answerJson(drills);
    else if (drills.length === 0) answer('no drills yet');
    else answer(tableOf(drills));
  });
}

function inWords(
  id: string,
  { snapshot, problem, found, recoveryMs, recoveryPointMs }: DrilledTenant,
): string {
  if (problem !== undefined) return problem.message;
  const rows = (found?.tables ?? []).reduce((sum, table) => sum + table.rows, 0);
  const tables = found?.tables.length ?? 0;
  return (
    `snapshot ${snapshot} of ${id} can be restored: ${rows} rows of ${tables} tables read ` +
    `${seconds(recoveryMs)} after it was begun; it was ${seconds(recoveryPointMs)} old`
  );
}

function tableOf(drills: readonly TenantDrill[]): string {
  return table([
    ['when', 'tenant', 'snapshot', 'result', 'age of the data', 'restored in'],
    ...drills.map(({ at, tenant, snapshot, problem, recoveryPointMs, recoveryMs }) => [
      `${age(at)} ago`,
      tenant,
      snapshot,
      problem === undefined ? 'proved' : problem.message,
      seconds(recoveryPointMs),
      seconds(recoveryMs),
    ]),
  ]);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
