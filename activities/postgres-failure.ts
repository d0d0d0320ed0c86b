import { failure } from '../tenancy/failures.js';
import { withoutAddresses } from '../tenancy/redact.js';
import { isPostgresError, wordsOf, wordsOnConnecting } from './postgres-words.js';

/** The failure of a connection attempt. */
export function unreachable(error: unknown) {
  if (isOverQuota(error)) {
    return failure('DatabaseOverQuota', `Neon lets nobody into the tenant's Postgres: ${error.message}`);
  }
  return notThere(error, isPostgresError(error) ? wordsOnConnecting(error) : messageOf(error));
}

/** The failure of a statement. */
export function refused(error: unknown) {
  if (!isPostgresError(error)) return unreachable(error);
  if (isPassing(error)) return notThere(error, wordsOf(error));
  return failure('DatabaseRefused', `the tenant's Postgres refused: ${wordsOf(error)}`, {
    details: { sqlState: error.code },
  });
}

/** The part of a database error that may be revealed. */
export function told(error: unknown): string {
  return isPostgresError(error) ? wordsOf(error) : messageOf(error);
}

function notThere(error: unknown, words: string) {
  return failure('DatabaseUnreachable', `the tenant's Postgres does not answer yet: ${words}`, {
    details: isPostgresError(error) ? { sqlState: error.code } : {},
  });
}

/**
 * SQLSTATEs of a server that shuts down (classes 08 and 57), has no connection left (53300), rolled back
 * because of a conflict (class 40), or reached its lock timeout (55P03). A full disk or quota (53100) stays
 * full.
 */
const passingStates = /^(08...|40...|53300|55P03|57...)$/;

/** The server cannot read a statement. A proxy uses the same code for a lost connection. */
const protocolViolation = '08P01';

/** The source file that the server names for a `raise` in a function, which may use any SQLSTATE. */
const raised = 'pl_exec.c';

/** Whether an error of Postgres or of the connection is transient. */
export function isPassing(error: unknown): boolean {
  if (!isPostgresError(error)) return isConnectionError(error);
  const { code, file } = error;
  if (file === raised || (code === protocolViolation && file !== undefined)) return false;
  return passingStates.test(code);
}

/** A statement reached its timeout. The same statement would reach it again. */
const queryCanceled = '57014';

/** The same for a migration file, which sets its own timeouts. */
export function isPassingForMigration(error: unknown): boolean {
  return isPassing(error) && !(isPostgresError(error) && error.code === queryCanceled);
}

export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error) || isPostgresError(error)) return false;
  const code = 'code' in error ? error.code : undefined;
  const ofSocket = typeof code === 'string' && /^E[A-Z]+$/.test(code);
  return (
    ofSocket ||
    /^(Connection terminated|Query read timeout|timeout e(xpired|xceeded when trying to connect))/.test(
      error.message,
    )
  );
}

/**
 * Neon's proxy answers in Postgres' place, with its own wording and the SQLSTATE of an internal error. It
 * names no source file, whereas a tenant's function that raises the same sentence does.
 */
function isOverQuota(error: unknown): error is Error {
  return (
    isPostgresError(error) &&
    error.code === 'XX000' &&
    error.file === undefined &&
    /exceeded the .* quota/.test(error.message)
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? withoutAddresses(error.message) : 'no reason given';
}
