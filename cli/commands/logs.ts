import { stat } from 'node:fs/promises';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { type LoggedPart, logFileOf, loggedParts } from '../../local/stack-logs.js';
import { examples } from '../help.js';
import { knownStackFolder } from '../local-stack.js';
import { followFile, lastLines } from '../log-lines.js';
import { readableLogLine } from '../readable-log-line.js';
import { answer } from '../say.js';
import { UsageError } from '../usage-error.js';

interface Options {
  readonly follow?: true;
  readonly lines: number;
  readonly json?: true;
}

export function logsCommand(program: Command): void {
  program
    .command('logs')
    .description("print the end of the local stack's logs, of one part or of all")
    .addArgument(new Argument('[part]', 'whose log').choices(loggedParts))
    .option('--follow', 'print new lines until Ctrl-C')
    .option('--lines <n>', 'how many lines of each', count, 100)
    .option('--json', "print a worker's lines as JSON, as they are written, also on a terminal")
    .addHelpText('after', examples('logs worker --follow', 'logs --lines 20', 'logs worker --json'))
    .action(logs);
}

async function logs(part: LoggedPart | undefined, { follow, lines, json }: Options): Promise<void> {
  const folder = await knownStackFolder();
  if (folder === undefined) throw new UsageError('there is no local stack; keep one up with `up`');
  const parts = part === undefined ? loggedParts : [part];
  const width = Math.max(...parts.map(({ length }) => length));
  // The reader of a pipe gets the unchanged lines.
  const shown = json || !process.stdout.isTTY ? (line: string) => line : readableLogLine;
  const tell = (from: LoggedPart) => (line: string) =>
    answer(parts.length === 1 ? shown(line) : `${from.padEnd(width)} | ${shown(line)}`);
  const from: (readonly [LoggedPart, number])[] = [];
  for (const each of parts) {
    const file = logFileOf(folder, each);
    const { size } = await stat(file).catch(() => ({ size: 0 }));
    from.push([each, size]);
    for (const line of await lastLines(file, size, lines)) tell(each)(line);
  }
  if (!follow) return;
  await Promise.all(from.map(([each, size]) => followFile(logFileOf(folder, each), size, tell(each))));
}

function count(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a number of lines.');
}
