import { types } from 'node:util';
import { withoutAddresses } from '../tenancy/redact.js';

/** Deeper than any cause or record of ours. */
const deepest = 6;

/** What JSON would leave of an error is `{}`. */
interface LoggedError {
  /** Its class. */
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  /** Of a failure in Temporal's sense: which. */
  readonly failure?: string;
  /** Of a system's or a database's error. */
  readonly code?: string;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * A record for the log, each error in it, however deep, as its type, message and stack. Of what else an error carries only codes
 * are taken, and no address: either may hold a secret.
 */
export function loggable(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, visible(value, 0)]));
}

function visible(value: unknown, depth: number): unknown {
  if (depth > deepest || typeof value !== 'object' || value === null) return value;
  // Not `instanceof`: an error of a workflow's is made in another realm.
  if (value instanceof Error || types.isNativeError(value)) return loggedError(value as Error, depth);
  if (Array.isArray(value)) return value.map((each) => visible(each, depth + 1));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, visible(each, depth + 1)]));
}

function loggedError(error: Error, depth: number): LoggedError {
  const { name, message, stack = '', cause } = error;
  const { type: failure, code, errors } = error as { type?: unknown; code?: unknown; errors?: unknown };
  return {
    type: String(name),
    message: withoutAddresses(String(message)),
    // Where modules lie is an address too, and the one that matters.
    stack: withoutAddresses(String(stack).replaceAll('file://', '')),
    ...(typeof failure === 'string' && { failure }),
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    ...(cause !== undefined && { cause: visible(cause, depth + 1) }),
    ...(Array.isArray(errors) && { errors: visible(errors, depth + 1) }),
  };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // As above: a record of another realm has that realm's.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
