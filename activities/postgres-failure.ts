import pg from 'pg';
import { failure } from '../tenancy/failures.js';
import { withoutAddresses } from '../tenancy/redact.js';

/** The failure of a connection that was not made, or broke. */
export function unreachable(error: unknown) {
  const sqlState = sqlStateOf(error);
  if (isOverQuota(error)) {
    return failure('DatabaseOverQuota', `Neon lets nobody into the tenant's Postgres: ${messageOf(error)}`);
  }
  return failure('DatabaseUnreachable', `the tenant's Postgres does not answer yet: ${messageOf(error)}`, {
    details: sqlState === undefined ? {} : { sqlState },
  });
}

/** The failure of a statement. */
export function refused(error: unknown) {
  const sqlState = sqlStateOf(error);
  if (sqlState === undefined || isPassing(error)) return unreachable(error);
  return failure('DatabaseRefused', `the tenant's Postgres refused: ${messageOf(error)}`, {
    details: { sqlState },
  });
}

/**
 * SQLSTATEs of a server that goes away (classes 08 and 57), has no connection left (53300), or rolled back for another's
 * sake (class 40). A disk or a quota that is full (53100) stays so.
 */
const passingStates = /^(08...|40...|53300|57...)$/;

/** Whether an error of Postgres or of the way to it may be gone at the next attempt. */
export function isPassing(error: unknown): boolean {
  const sqlState = sqlStateOf(error);
  return sqlState === undefined ? isConnectionError(error) : passingStates.test(sqlState);
}

export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof pg.DatabaseError) return false;
  const code = 'code' in error ? error.code : undefined;
  const ofSocket = typeof code === 'string' && /^E[A-Z]+$/.test(code);
  return ofSocket || /^(Connection terminated|timeout expired)/.test(error.message);
}

/** Neon's proxy answers in Postgres' place, with a sentence of its own and the SQLSTATE of an internal error. */
function isOverQuota(error: unknown): boolean {
  return sqlStateOf(error) === 'XX000' && /exceeded the .* quota/.test(messageOf(error));
}

/** Only Postgres' own errors carry a SQLSTATE; a socket's carry a name such as ECONNRESET. */
function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? withoutAddresses(error.message) : 'no reason given';
}
