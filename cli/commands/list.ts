import type { Command } from 'commander';
import type { Tenant } from '../../client/index.js';
import { withBackend } from '../backend.js';
import { answer, answerJson } from '../say.js';
import { table } from '../table.js';
import { tenantView } from '../tenant-view.js';

export function listCommand(program: Command): void {
  program
    .command('list')
    .description('list the tenants of the fleet')
    .option('--json', 'print a JSON array')
    .action(({ json }: { json?: true }) =>
      withBackend(async ({ tenantry }) => {
        const tenants = await tenantry.list();
        if (json) answerJson(tenants.map(tenantView));
        else answer(tenants.length === 0 ? 'no tenants yet' : tableOf(tenants));
      }),
    );
}

function tableOf(tenants: readonly Tenant[]): string {
  return table([
    ['tenant', 'state', 'plan', 'project'],
    ...tenants.map(({ id, state, plan, projectId }) => [id, state, plan, projectId ?? '']),
  ]);
}
