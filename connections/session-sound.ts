import pg from 'pg';

/** SQLSTATEs of a session that ends with them: lost connections (class 08), servers that stop or throw it out (57P). */
const endingStates = /^(08...|57P..)$/;

/**
 * Whether a session can be used again after an error: Postgres has refused a statement, and waits for the next. Of any other
 * error, a time that ran out among them, nobody knows where it has left the session.
 */
export function isSessionSound(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  const { severity, code = '' } = error;
  return severity !== 'FATAL' && severity !== 'PANIC' && !endingStates.test(code);
}
