import type { Command } from 'commander';
import { withBackend } from '../backend.js';
import { examples } from '../help.js';
import { answerJson } from '../say.js';

export function exportCommand(program: Command): void {
  program
    .command('export <id>')
    .description(
      'print everything that the catalog knows about a tenant as JSON, its history included, never a secret',
    )
    .option('--json', 'print it in one line')
    .addHelpText('after', examples('export acme'))
    .action((id: string, { json }: { json?: true }) =>
      withBackend(async ({ tenantry }) => {
        const record = await tenantry.exportRecord(id);
        answerJson(record, json ? undefined : 2);
      }),
    );
}
