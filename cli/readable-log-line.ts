import { z } from 'zod';
import { onOneLine } from '../tenancy/redact.js';

/** As a worker writes it: JSON of pino's, https://getpino.io. */
const entrySchema = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().default('') });

const levels: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** The same in every line of a worker, or told already. */
const leftOut = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name']);

/** An error, as `loggable` in worker/ has it. */
const errorSchema = z.looseObject({ type: z.string(), message: z.string() });

/** A line of a log for a person: time, level, message, and what else it holds. A line that is no JSON of a worker's stays as it is. */
export function readableLogLine(line: string): string {
  const entry = entryIn(line);
  if (entry === undefined) return line;
  const time = new Date(entry.time).toISOString().slice(11, 23);
  const level = (levels[entry.level] ?? String(entry.level)).padEnd(5);
  const fields = Object.entries(entry)
    .filter(([name]) => !leftOut.has(name))
    .map(([name, value]) => `${name}=${inWords(value)}`);
  return [`${time} ${level} ${onOneLine(entry.msg)}`, ...fields].join('  ');
}

function entryIn(line: string): z.infer<typeof entrySchema> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function inWords(value: unknown): string {
  if (typeof value === 'string') return onOneLine(/\s/.test(value) ? JSON.stringify(value) : value);
  const error = errorSchema.safeParse(value).data;
  return onOneLine(error === undefined ? JSON.stringify(value) : `${error.type}: ${error.message}`);
}
