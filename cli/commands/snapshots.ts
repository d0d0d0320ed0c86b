import type { Command } from 'commander';
import type { KeptState } from '../../client/index.js';
import { withBackend } from '../backend.js';
import { answer, answerJson } from '../say.js';
import { table } from '../table.js';

export function snapshotsCommand(program: Command): void {
  program
    .command('snapshots <id>')
    .description('list what a tenant can be restored to: its snapshots, and the states before its restores')
    .option('--json', 'print a JSON array')
    .action((id: string, { json }: { json?: true }) =>
      withBackend(async ({ tenantry }) => {
        const views = [
          ...(await tenantry.snapshots(id)).map((kept) => viewOf('snapshot', kept)),
          ...(await tenantry.keptStates(id)).map((kept) => viewOf('state', kept)),
        ];
        if (json) answerJson(views);
        else if (views.length === 0) answer('no snapshots yet');
        else answer(tableOf(views));
      }),
    );
}

/** One as `--json` prints it: `kind` is the option of `restore` that takes the name. */
function viewOf(kind: 'snapshot' | 'state', { name, createdAt, expiresAt }: KeptState) {
  return { kind, name, createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null };
}

function tableOf(views: readonly ReturnType<typeof viewOf>[]): string {
  return table([
    ['restore with', 'made', 'kept until'],
    ...views.map(({ kind, name, createdAt, expiresAt }) => [`--${kind} ${name}`, createdAt, expiresAt ?? '']),
  ]);
}
