import type { Command } from 'commander';
import { TenantNotFoundError } from '../../client/errors.js';
import type { HistoryEntry } from '../../client/index.js';
import { operationWords } from '../../tenancy/operation-words.js';
import { onOneLine } from '../../tenancy/redact.js';
import { withBackend } from '../backend.js';
import { examples } from '../help.js';
import { answer, answerJson } from '../say.js';

export function historyCommand(program: Command): void {
  program
    .command('history <id>')
    .description('show what was done to a tenant, when, and by which run; the history outlives the tenant')
    .option('--json', 'print a JSON array')
    .addHelpText('after', examples('history acme', 'history acme --json'))
    .action((id: string, { json }: { json?: true }) =>
      withBackend(async ({ tenantry }) => {
        const entries = await tenantry.history(id);
        if (entries.length === 0) throw new TenantNotFoundError(id);
        if (json) answerJson(entries.map(historyView));
        else for (const entry of entries) answer(lineOf(entry));
      }),
    );
}

/** A history entry in the output of `--json`. Fields are only ever added. */
function historyView({ at, ...entry }: HistoryEntry) {
  return { at: at.toISOString(), ...entry };
}

/** A line for a person. The detail may have any text, so it is kept on one line. */
export function lineOf({ at, operation, event, state, runId, detail }: HistoryEntry): string {
  const told = Object.entries(detail)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name}: ${String(value)}`);
  const line = [
    at.toISOString(),
    operationWords[operation].padEnd(17),
    event.padEnd(9),
    state.padEnd(12),
    `run ${runId}`,
    told.join(', '),
  ];
  return onOneLine(line.join('  ')).trimEnd();
}
