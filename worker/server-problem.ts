import { catalogProblem } from '../catalog/catalog-problem.js';

/** Why a server in the environment did not work, in a sentence for the person who configured it. */
export interface ServerProblem {
  readonly message: string;
  /** True when no server responded; false when the catalog's server refused the request. */
  readonly unreachable: boolean;
}

/** `undefined` for errors with another cause. */
export function serverProblem(error: unknown): ServerProblem | undefined {
  if (error instanceof Error && error.name === 'TransportError')
    return {
      message: `cannot reach Temporal (${error.message}): start it, or set TEMPORAL_ADDRESS to one that is up`,
      unreachable: true,
    };
  // The catalog's is the only server that is called through `pg` directly.
  const problem = catalogProblem(error);
  return problem && { message: problem.message, unreachable: problem.kind === 'unreachable' };
}
