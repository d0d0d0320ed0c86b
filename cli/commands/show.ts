import type { Command } from 'commander';
import { TemporalUnreachableError, TenantNotFoundError } from '../../client/errors.js';
import { onOneLine } from '../../tenancy/redact.js';
import { withBackend } from '../backend.js';
import { examples } from '../help.js';
import { operationLines, operationView } from '../operation-view.js';
import { answer, answerJson, say } from '../say.js';
import { tenantView } from '../tenant-view.js';

export function showCommand(program: Command): void {
  program
    .command('show <id>')
    .description('show what the catalog knows about a tenant, never its secrets')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('show acme', 'show acme --json'))
    .action((id: string, { json }: { json?: true }) =>
      withBackend(async ({ tenantry }) => {
        const tenant = await tenantry.get(id);
        if (tenant === undefined) throw new TenantNotFoundError(id);
        const view = tenantView(tenant);
        const status = await tenantry.operationStatus(id).catch(notKnown);
        if (json) {
          answerJson({ ...view, operation: status === undefined ? null : operationView(status) });
          return;
        }
        for (const line of linesOf(view)) answer(line);
        if (status !== undefined) for (const line of operationLines(status)) answer(line);
      }),
    );
}

/** The catalog's data about the tenant is valid anyway. */
function notKnown(error: unknown): undefined {
  if (!(error instanceof TemporalUnreachableError)) throw error;
  say(`${error.message}, so it is not known whether an operation was accepted that nobody has begun`);
}

/** A line for each known fact about the tenant. */
export function linesOf(view: ReturnType<typeof tenantView>): string[] {
  return Object.entries(view).flatMap(([name, value]) =>
    value === null
      ? []
      : [`${name.padEnd(14)}${onOneLine(typeof value === 'string' ? value : value.message)}`],
  );
}
