import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientNetwork } from './client-network.js';
import { sessionOf } from './visitor.js';

/** Asked too often. */
export class TooManyRequestsError extends Error {
  override readonly name = 'TooManyRequestsError';
  readonly statusCode = 429;
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super(
      `Too many tries. Wait ${retryAfterSeconds < 90 ? `${retryAfterSeconds} seconds` : `${Math.ceil(retryAfterSeconds / 60)} minutes`}.`,
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Throws `TooManyRequestsError`. */
export type Limit = (request: FastifyRequest) => Promise<void>;

export interface Limits {
  readonly signIn: Limit;
  readonly signUp: Limit;
  readonly ask: Limit;
  readonly add: Limit;
  readonly operator: Limit;
}

type Key = (request: FastifyRequest) => string;

const byAddress: Key = ({ ip }) => clientNetwork(ip);
const bySession: Key = (request) => sessionOf(request).personId;
/** The account that is tried, whether it exists or not; hashed, so that the keys are no list of addresses. */
const byEmail: Key = ({ body }) => {
  const email = typeof body === 'object' && body !== null && 'email' in body ? String(body.email) : '';
  return createHash('sha256').update(email.trim().toLowerCase()).digest('base64url');
};

/**
 * Counted in this process. With several, each counts for itself: give the plugin a Redis to share
 * (https://github.com/fastify/fastify-rate-limit#options).
 */
export function makeLimits(app: FastifyInstance): Limits {
  const atMost = (max: number, timeWindow: string, key: Key): Limit => {
    const count = app.createRateLimit({ max, timeWindow, keyGenerator: key });
    return async (request) => {
      const limit = await count(request);
      if (!limit.isAllowed && limit.isExceeded) throw new TooManyRequestsError(limit.ttlInSeconds);
    };
  };
  return {
    signIn: all(atMost(30, '10 minutes', byAddress), atMost(10, '10 minutes', byEmail)),
    signUp: all(atMost(10, '1 hour', byAddress), atMost(5, '1 hour', byEmail)),
    ask: all(atMost(120, '1 minute', byAddress), atMost(30, '1 minute', bySession)),
    add: all(atMost(120, '1 minute', byAddress), atMost(60, '1 minute', bySession)),
    operator: atMost(10, '10 minutes', byAddress),
  };
}

function all(...limits: readonly Limit[]): Limit {
  return async (request) => {
    for (const limit of limits) await limit(request);
  };
}
