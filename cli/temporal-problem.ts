import type { ServerProblem } from '../worker/server-problem.js';

/** Why Temporal did not work, in a sentence; `undefined` for errors with another cause. */
export async function temporalProblem(error: Error): Promise<ServerProblem | undefined> {
  // The import is here and not at the top: a command that fails without Temporal responds sooner without Temporal's
  // client.
  const { grpcStatus, grpcStatusOf } = await import('./doctor/with-temporal.js');
  const status = grpcStatusOf(error);
  const words = wordsOf(error);
  if (status === undefined)
    return /failed to connect/i.test(error.message) ? unreachable(error.message) : undefined;
  if (status === grpcStatus.unauthenticated || status === grpcStatus.permissionDenied)
    return {
      message: `Temporal refuses the credentials (${words}): set TEMPORAL_API_KEY, or the certificate of TEMPORAL_TLS_…, to one that it knows`,
      unreachable: false,
    };
  if (status === grpcStatus.notFound)
    return {
      message: `Temporal does not have what was asked for (${words}): is TEMPORAL_NAMESPACE right?`,
      unreachable: false,
    };
  return unreachable(words);
}

function unreachable(words: string): ServerProblem {
  return {
    message: `cannot reach Temporal (${words}): start it, or set TEMPORAL_ADDRESS to one that is up`,
    unreachable: true,
  };
}

/** The client's own message hides that of the connection, which has the address. */
function wordsOf(error: Error): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if ('details' in at && typeof at.details === 'string') return at.details;
  return error.message;
}
