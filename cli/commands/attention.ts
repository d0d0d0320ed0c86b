import type { Command } from 'commander';
import type { Attention } from '../../client/index.js';
import { ownCommand } from '../../local/own-command.js';
import { onOneLine } from '../../tenancy/redact.js';
import { age } from '../age.js';
import { withBackend } from '../backend.js';
import { examples } from '../help.js';
import { answer, answerJson } from '../say.js';

export function attentionCommand(program: Command): void {
  program
    .command('attention')
    .description('list what does not proceed by itself, why, and the command that resolves it')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('attention', 'attention --json'))
    .action(({ json }: { json?: true }) =>
      withBackend(async ({ tenantry }) => {
        const found = await tenantry.attention();
        if (json) answerJson(found.map(viewOf));
        else if (found.length === 0) answer('nothing needs attention');
        else for (const each of found) for (const line of linesOf(each)) answer(line);
      }),
    );
}

/** The output of `--json`. Fields are only ever added. */
function viewOf({ kind, tenantId, message, since, command }: Attention) {
  return { kind, id: tenantId ?? null, message, since: since ?? null, command };
}

function linesOf({ kind, tenantId, message, since, command }: Attention): string[] {
  const who = tenantId === undefined ? 'the fleet' : onOneLine(tenantId);
  const long = since === undefined ? '' : `, for ${age(new Date(since))}`;
  return [`${who}: ${kind}${long}`, `  ${onOneLine(message)}`, `  → ${ownCommand} ${onOneLine(command)}`];
}
