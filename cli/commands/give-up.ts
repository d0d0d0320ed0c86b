import type { Command } from 'commander';
import { onOneLine } from '../../tenancy/redact.js';
import { withBackend } from '../backend.js';
import { examples } from '../help.js';
import { answer, answerJson } from '../say.js';

export function giveUpCommand(program: Command): void {
  program
    .command('give-up <id>')
    .description("give up the current step of a tenant's operation, for when nothing else would end it")
    .option('--step <name>', 'only if the operation is at this step')
    .option('--json', 'print one JSON object')
    .addHelpText('after', examples('give-up acme', 'give-up acme --step "delete the project"'))
    .action((id: string, { step, json }: { step?: string; json?: true }) =>
      withBackend(async ({ tenantry }) => {
        const given = await tenantry.giveUp(id, step === undefined ? {} : { step });
        if (json) answerJson({ id, ...given });
        else answer(`gave up the step "${onOneLine(given.step)}" of ${onOneLine(id)}`);
      }),
    );
}
