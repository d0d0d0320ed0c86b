import type { Command } from 'commander';
import type { Tenant } from '../../client/index.js';
import { withBackend } from '../backend.js';
import { answer, answerJson } from '../say.js';
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
        else answer(tenants.length === 0 ? 'no tenants yet' : table(tenants));
      }),
    );
}

function table(tenants: readonly Tenant[]): string {
  const rows = [
    ['tenant', 'state', 'plan', 'project'],
    ...tenants.map(({ id, state, plan, projectId }) => [id, state, plan, projectId ?? '']),
  ];
  const widths = rows.reduce(
    (widest, row) => row.map((cell, at) => Math.max(widest[at] ?? 0, cell.length)),
    [0],
  );
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
