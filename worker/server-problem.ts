/** Why a server that the environment names did not serve, in a sentence for whoever wrote the environment. */
export interface ServerProblem {
  readonly message: string;
  /** Nobody answered; else the catalog's server answered, and refused what it was asked with. */
  readonly unreachable: boolean;
}

const unreachableCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
]);

/** By SQLSTATE: a connection that broke, a server that starts or stops, and one that has no connection left. */
const unreachableStates = /^(08...|57P0[123]|53300)$/;

/** What `pg` says in words alone. */
const unreachableWords =
  /^(timeout exceeded when trying to connect|Connection terminated|Query read timeout)/;

/** By SQLSTATE: what a login or an address of the catalog lacks, and not what a statement of ours does wrong. */
const refusals: readonly (readonly [RegExp, string])[] = [
  [/^(28...|3D000)$/, 'TENANTRY_CATALOG_URL is refused'],
  [
    /^(42P01|3F000)$/,
    'the catalog at TENANTRY_CATALOG_URL has not been migrated, which a worker does when it starts',
  ],
];

/** Nothing of errors that have another cause. */
export function serverProblem(error: unknown): ServerProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error ? String(error.code) : '';
  const { message } = error;
  if (error.name === 'TransportError')
    return {
      message: `cannot reach Temporal (${message}): start it, or set TEMPORAL_ADDRESS to one that is up`,
      unreachable: true,
    };
  // Of all servers, only the catalog's is spoken to with `pg` and nothing around it.
  const isPg = 'severity' in error;
  if (unreachableCodes.has(code) || (isPg && unreachableStates.test(code)) || unreachableWords.test(message))
    return {
      message:
        `cannot reach the catalog (${whyIn(error) || message || code}): start that Postgres, or set ` +
        'TENANTRY_CATALOG_URL to one that is up',
      unreachable: true,
    };
  const refusal = isPg && refusals.find(([states]) => states.test(code));
  return refusal ? { message: `${refusal[1]}: ${message}`, unreachable: false } : undefined;
}

/** A name with several addresses fails as often, and says nothing itself. */
function whyIn(error: Error): string {
  return error instanceof AggregateError
    ? error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ')
    : '';
}
