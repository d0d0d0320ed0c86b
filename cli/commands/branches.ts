import type { Command } from 'commander';
import type { TenantBranch } from '../../client/index.js';
import { withBackend } from '../backend.js';
import { answer, answerJson } from '../say.js';
import { table } from '../table.js';

export function branchesCommand(program: Command): void {
  program
    .command('branches <id>')
    .description("list the copies of a tenant's database")
    .option('--json', 'print a JSON array')
    .action((id: string, { json }: { json?: true }) =>
      withBackend(async ({ tenantry }) => {
        const views = (await tenantry.branches(id)).map(viewOf);
        if (json) answerJson(views);
        else if (views.length === 0) answer('no copies');
        else
          answer(
            table([
              ['branch', 'role', 'host', 'until'],
              ...views.map(({ name, role, host, expiresAt }) => [name, role, host, expiresAt ?? '']),
            ]),
          );
      }),
    );
}

/** A copy as `--json` prints it. Fields are added to it, never taken away. */
function viewOf({ name, host, role, createdAt, expiresAt }: TenantBranch) {
  return {
    name,
    host,
    role,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
  };
}
