import { NeonError } from '../errors.js';

/** What fastify throws for a request it cannot read carries a status of its own. */
interface WithStatus {
  readonly statusCode?: number;
  readonly message?: string;
}

/** Any failure in Neon's envelope. What we did not foresee says nothing about itself to the outside. */
export function errorReply(error: unknown, requestId: string) {
  const { status, code, message } = known(error);
  return { status, body: { request_id: requestId, code, message } };
}

function known(error: unknown): { readonly status: number; readonly code: string; readonly message: string } {
  if (error instanceof NeonError) return error;
  const { statusCode, message } = (error ?? {}) as WithStatus;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return { status: statusCode, code: '', message: message ?? 'bad request' };
  return { status: 500, code: '', message: 'internal server error' };
}
