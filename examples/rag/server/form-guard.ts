import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/** A form that did not come from a page of ours. */
export class ForeignFormError extends Error {
  override readonly name = 'ForeignFormError';
  readonly statusCode = 403;
}

/**
 * What a form carries to show that it is ours. The seed is the session's secret, or before sign-in a cookie of the browser's own; the
 * page shows only what is derived from it.
 */
export function formToken(secret: string, seed: string): string {
  return createHmac('sha256', secret).update(`form ${seed}`).digest('base64url');
}

export function checkFormToken(expected: string, given: unknown): void {
  const right = Buffer.from(expected);
  const actual = Buffer.from(typeof given === 'string' ? given : '');
  if (actual.length !== right.length || !timingSafeEqual(actual, right)) {
    throw new ForeignFormError('This form is out of date. Reload the page and send it again.');
  }
}

/**
 * Browsers name the origin of every POST, and no page can forge it. A request without one did not come from a form of ours.
 * @param origin The application's own, where it is configured; otherwise the host that was asked.
 */
export function checkOrigin(request: FastifyRequest, origin: string | undefined): void {
  const from = request.headers.origin;
  const own = origin ?? `${request.protocol}://${request.host}`;
  if (from !== own) throw new ForeignFormError('This form was sent from another site.');
}
