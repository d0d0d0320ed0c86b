import { catalogProblem } from '../catalog/catalog-problem.js';

/** Why a server that the environment names did not serve, in a sentence for the person who configured it. */
export interface ServerProblem {
  readonly message: string;
  /** Nobody answered; else the catalog's server answered, and refused what it was asked with. */
  readonly unreachable: boolean;
}

/** Nothing of errors that have another cause. */
export function serverProblem(error: unknown): ServerProblem | undefined {
  if (error instanceof Error && error.name === 'TransportError')
    return {
      message: `cannot reach Temporal (${error.message}): start it, or set TEMPORAL_ADDRESS to one that is up`,
      unreachable: true,
    };
  // Of all servers, only the catalog's is spoken to with `pg` and nothing around it.
  const problem = catalogProblem(error);
  return problem && { message: problem.message, unreachable: problem.kind === 'unreachable' };
}
