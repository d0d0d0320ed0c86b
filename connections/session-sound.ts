import pg from 'pg';

/** SQLSTATEs that end a session: lost connections (class 08), servers that shut down or terminate it (57P). */
const endingStates = /^(08...|57P..)$/;

/**
 * Whether a session can be used again after an error: Postgres has refused a statement, and waits for the next. After any other
 * error, such as a timeout, the session's state is unknown.
 */
export function isSessionSound(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  const { severity, code = '' } = error;
  return severity !== 'FATAL' && severity !== 'PANIC' && !endingStates.test(code);
}
