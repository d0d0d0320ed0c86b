import type { Command } from 'commander';
import { examples } from '../help.js';
import { answerJson, answerVerbatim } from '../say.js';
import { UsageError } from '../usage-error.js';

/** The environment variables of clients and workers. */
const ours = /^(TENANTRY|NEON|TEMPORAL)_/;

export function envCommand(program: Command): void {
  program
    .command('env')
    .description('print the variables that point a program at the running stack, secrets included')
    .option('--json', 'print one JSON object instead of lines for a shell')
    .addHelpText('after', examples('env', 'env --json'))
    .action(env);
}

async function env({ json }: { json?: true }): Promise<void> {
  const { findRunningServers } = await import('../running-servers.js');
  const standing = await findRunningServers();
  if (standing === undefined) throw new UsageError('no stack is up; keep one up with `up`');
  const { environment, uiUrl } = standing;
  const told = uiUrl === undefined ? environment : { ...environment, TEMPORAL_UI_URL: uiUrl };
  const set = Object.entries(told).flatMap(([name, value]) =>
    ours.test(name) && value ? [[name, value] as const] : [],
  );
  if (json) answerJson(Object.fromEntries(set));
  else for (const [name, value] of set) answerVerbatim(`export ${name}=${quoted(value)}`);
}

/** Quotes a value so that a shell reads it as one word, whatever its characters. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
