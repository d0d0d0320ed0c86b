import { z } from 'zod';
import { onOneLine } from '../tenancy/redact.js';

/** A worker's log entry: pino's JSON, https://getpino.io. */
const entrySchema = z.looseObject({ level: z.number(), time: z.number(), msg: z.string().default('') });

const levels: Readonly<Record<number, string>> = {
  10: 'TRACE',
  20: 'DEBUG',
  30: 'INFO',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

/** Fields that are the same in every line of a worker, or already shown. */
const leftOut = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name']);

/** An error in the form that `loggable` in worker/ gives it. */
const errorSchema = z.looseObject({ type: z.string(), message: z.string() });

/**
 * Formats a log line for a person: time, level, message, and all other fields. A line that is not a worker's JSON
 * stays unchanged.
 */
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
