/** Why the catalog's Postgres did not serve, in a sentence for the person who configured its address. */
export interface CatalogProblem {
  readonly kind: 'unreachable' | 'refused' | 'not-migrated';
  readonly message: string;
}

const socketCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

/** Node's error codes for a certificate that it does not trust. */
const certificateCodes = /^(CERT_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_)/;

/** Errors of `pg` that have a message but no code. */
const unreachableWords =
  /^(timeout e(xpired|xceeded when trying to connect)|Connection terminated|Query read timeout|The server does not support SSL)/;

/** By SQLSTATE: https://www.postgresql.org/docs/18/errcodes-appendix.html. */
const states: readonly (readonly [RegExp, CatalogProblem['kind'] | 'passing'])[] = [
  // A broken connection, a server that is starting or stopping, or one that has no connections left.
  [/^(08...|57P0[1235]|53300)$/, 'unreachable'],
  // The disk is full, it became read-only, the statement timed out, or it was rolled back in favour of another transaction.
  [/^(53...|57...|58...|25006|40...|55P03)$/, 'passing'],
  // The login or the address is wrong.
  [/^(28...|3D000|42501)$/, 'refused'],
  // A table, a schema, a column or a function is missing, which another release's migrations create.
  [/^(42P01|3F000|42703|42883)$/, 'not-migrated'],
];

const messages = {
  unreachable: (why: string) =>
    `cannot reach the catalog (${why}): start that Postgres, or set TENANTRY_CATALOG_URL to one that is up`,
  passing: (why: string) => `the catalog's Postgres cannot serve now (${why}): mend that, or try again`,
  refused: (why: string) => `TENANTRY_CATALOG_URL is refused: ${why}`,
  'not-migrated': (why: string) =>
    `the catalog at TENANTRY_CATALOG_URL has not been migrated, which a worker of this release does when it starts (tenantry worker): ${why}`,
};

/** The one mapping from an error to the reason why the catalog did not serve; `undefined` for errors with another cause. */
export function catalogProblem(error: unknown): CatalogProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const kind =
    'severity' in error ? kindOfState(code) : isUnreachable(error, code) ? 'unreachable' : undefined;
  if (kind === undefined) return undefined;
  return {
    kind: kind === 'passing' ? 'unreachable' : kind,
    message: messages[kind](whyIn(error) || code),
  };
}

function kindOfState(code: string) {
  return states.find(([pattern]) => pattern.test(code))?.[1];
}

function isUnreachable(error: Error, code: string): boolean {
  // A missing socket file has an error code that other errors share.
  const isConnecting = 'syscall' in error && error.syscall === 'connect';
  return (
    isConnecting ||
    socketCodes.has(code) ||
    certificateCodes.test(code) ||
    unreachableWords.test(error.message)
  );
}

/** A host with several addresses fails with an error for each, in an outer error without a message. */
function whyIn(error: Error): string {
  return error instanceof AggregateError
    ? error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ')
    : error.message;
}
