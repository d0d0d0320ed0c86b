import type { FastifyRequest } from 'fastify';
import { badRequest } from '../errors.js';

/** Clients send an empty body with a JSON content type where a body is optional; that is no body, not a bad one. */
export function parseJson(
  _request: FastifyRequest,
  text: string | Buffer,
  done: (error: Error | null, body?: unknown) => void,
): void {
  const trimmed = String(text).trim();
  let body: unknown;
  try {
    body = trimmed === '' ? undefined : JSON.parse(trimmed);
  } catch {
    done(badRequest('body is not valid JSON'));
    return;
  }
  done(null, body);
}
