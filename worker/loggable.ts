import { types } from 'node:util';
import { withoutAddresses } from '../tenancy/redact.js';

/** Deeper than any of our causes or records. */
const deepest = 6;

/** JSON alone would reduce an error to `{}`. */
interface LoggedError {
  /** The error's class. */
  readonly type: string;
  readonly message: string;
  readonly stack: string;
  /** The type, for one of Temporal's failures. */
  readonly failure?: string;
  /** The code, for an error of the system or a database. */
  readonly code?: string;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * Prepares a record for the log: each error in it, at any depth, becomes its type, message and stack. Of an error's
 * other properties only codes are kept, and addresses are removed: either may hold a secret.
 */
export function loggable(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, visible(value, 0)]));
}

function visible(value: unknown, depth: number): unknown {
  if (depth > deepest || typeof value !== 'object' || value === null) return value;
  // `instanceof` is not enough: an error from a workflow comes from another realm.
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
    // Module paths are addresses too, and these must stay.
    stack: withoutAddresses(String(stack).replaceAll('file://', '')),
    ...(typeof failure === 'string' && { failure }),
    ...((typeof code === 'string' || typeof code === 'number') && { code: String(code) }),
    ...(cause !== undefined && { cause: visible(cause, depth + 1) }),
    ...(Array.isArray(errors) && { errors: visible(errors, depth + 1) }),
  };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  // As above: a record from another realm has that realm's prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
