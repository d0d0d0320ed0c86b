import { failure } from '../tenancy/failures.js';
import { withoutAddresses } from '../tenancy/redact.js';
import { isConnectionError } from './postgres-failure.js';
import { isPostgresError, wordsOf } from './postgres-words.js';

/** Whether the same statement may succeed later, and why. */
interface Fate {
  readonly final: boolean;
  readonly why: string;
}

const final = (why: string): Fate => ({ final: true, why });
const passing = (why: string): Fate => ({ final: false, why });

/**
 * What each class of SQLSTATE means for Tenantry's statements on the catalog:
 * https://www.postgresql.org/docs/18/errcodes-appendix.html. Any other class is retried: an unforeseen error
 * must not undo a tenant's operation (decision 4).
 */
const fates: Readonly<Record<string, Fate>> = {
  '08': passing('the connection broke, or was not made'),
  '22': final('a value that its type cannot hold: U+0000, half a character, a number out of range'),
  '23': final('a constraint, such as a name that is taken or a tenant that is gone'),
  '25': passing('a server that became read-only hands over to another one (25006)'),
  '28': passing('the login was refused, until an operator fixes it'),
  '40': passing("rolled back for another transaction's sake: deadlock, serialization"),
  '42': final('the statement names what is not there, or what the login may not touch'),
  '53': passing('connections, memory or disk used up, until somebody makes room'),
  '54': final('more than a row, an index or a statement may hold'),
  '55': passing('a lock that was not got in time (55P03), an object in use'),
  '57': passing('an operator, a restart or, under load, a time limit (57014) ended it'),
  '58': passing("the server's own disk or files"),
};

/** The one mapping from an error of the catalog's Postgres to a failure; `undefined` for any other error. */
export function catalogFailure(error: unknown) {
  if (isPostgresError(error)) {
    const details = { sqlState: error.code };
    return fates[error.code.slice(0, 2)]?.final
      ? failure('CatalogRefused', `the catalog refused: ${wordsOf(error)}`, { details })
      : failure('CatalogUnavailable', `the catalog: ${wordsOf(error)}`, { details });
  }
  if (!isConnectionError(error) || !(error instanceof Error)) return undefined;
  return failure('CatalogUnavailable', `the catalog: ${error.name}: ${withoutAddresses(error.message)}`);
}
