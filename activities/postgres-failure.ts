import { failure } from '../tenancy/failures.js';
import { withoutAddresses } from '../tenancy/redact.js';
import { isPostgresError, wordsOf, wordsOnConnecting } from './postgres-words.js';

/** The failure of a connection that was not made. */
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

/** What may be revealed of an error from work in a database. */
export function told(error: unknown): string {
  return isPostgresError(error) ? wordsOf(error) : messageOf(error);
}

function notThere(error: unknown, words: string) {
  return failure('DatabaseUnreachable', `the tenant's Postgres does not answer yet: ${words}`, {
    details: isPostgresError(error) ? { sqlState: error.code } : {},
  });
}

/**
 * SQLSTATEs of a server that goes away (classes 08 and 57), has no connection left (53300), rolled back for another's
 * sake (class 40), or waited for a lock as long as it was to (55P03). A disk or a quota that is full (53100) stays so.
 */
const passingStates = /^(08...|40...|53300|55P03|57...)$/;

/** A statement that the server cannot read. A proxy says the same of a connection that it lost. */
const protocolViolation = '08P01';

/** The file of the server's source that speaks for a `raise` in a function, which may name any SQLSTATE. */
const raised = 'pl_exec.c';

/** Whether an error of Postgres or of the way to it may be gone at the next attempt. */
export function isPassing(error: unknown): boolean {
  if (!isPostgresError(error)) return isConnectionError(error);
  const { code, file } = error;
  if (file === raised || (code === protocolViolation && file !== undefined)) return false;
  return passingStates.test(code);
}

/** A statement was ended because it took longer than it may. The same one would be, again. */
const queryCanceled = '57014';

/** The same of a file of migrations, which sets its own limits of time. */
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
 * Neon's proxy answers in Postgres' place, with a sentence of its own and the SQLSTATE of an internal error. It names no
 * file of Postgres' source: a function of the tenant's that raises the same sentence has one.
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
