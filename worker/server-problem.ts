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
  if (unreachableCodes.has(code) || error.name === 'TransportError')
    return { message: `cannot reach it: ${error.message || code}`, unreachable: true };
  const refusal = 'severity' in error && refusals.find(([states]) => states.test(code));
  return refusal ? { message: `${refusal[1]}: ${error.message}`, unreachable: false } : undefined;
}
