import { stat } from 'node:fs/promises';
import { type LoggedPart, logFileOf, loggedParts } from '../local/stack-logs.js';
import { knownStackFolder } from './local-stack.js';
import { followFile, lastLines } from './log-lines.js';
import { readableLogLine } from './readable-log-line.js';
import { answer } from './say.js';
import { UsageError } from './usage-error.js';

export interface LogsOptions {
  readonly follow?: true;
  readonly lines: number;
  readonly json?: true;
}

/** Prints the last lines of each log, and then new ones if asked to. */
export async function logs(
  part: LoggedPart | undefined,
  { follow, lines, json }: LogsOptions,
): Promise<void> {
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
