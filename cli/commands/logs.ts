import { Argument, type Command, InvalidArgumentError } from 'commander';
import { type LoggedPart, loggedParts } from '../../local/stack-logs.js';
import { examples } from '../help.js';
import type { LogsOptions } from '../logs.js';

export function logsCommand(program: Command): void {
  program
    .command('logs')
    .description("print the end of the local stack's logs, of one part or of all")
    .addArgument(new Argument('[part]', 'whose log').choices(loggedParts))
    .option('--follow', 'print new lines until Ctrl-C')
    .option('--lines <n>', 'how many lines of each', count, 100)
    .option('--json', "print a worker's lines as JSON, as they are written, also on a terminal")
    .addHelpText('after', examples('logs worker --follow', 'logs --lines 20', 'logs worker --json'))
    .action(async (part: LoggedPart | undefined, options: LogsOptions) =>
      (await import('../logs.js')).logs(part, options),
    );
}

function count(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number of lines.');
}
