import { NeonError } from '../errors.js';
import type { Limits } from '../limits.js';
import { TokenBucket } from './token-bucket.js';

const second = 1_000;
const minute = 60 * second;

export const tooManyRequests = () => new NeonError(429, 'too many requests');

/**
 * Neon's limits of rate, counted for the one account there is. Consumption has a bucket of its own and takes nothing
 * from the others. No source shows Neon sending a `Retry-After`, so there is none.
 */
export class RateLimits {
  readonly #limits: Limits;
  readonly #account: TokenBucket | undefined;
  readonly #consumption: TokenBucket | undefined;
  readonly #routes = new Map<string, TokenBucket | undefined>();

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#account = bucket(limits.requestsPerMinute, minute);
    this.#consumption = bucket(limits.consumptionRequestsPerMinute, minute);
  }

  /** @throws NeonError 429. A call that is refused has taken nothing. */
  admit(method: string, route: string): void {
    const buckets = (
      route.includes('/consumption_history/')
        ? [this.#consumption]
        : [this.#routeBucket(method, route), this.#account]
    ).filter((each) => each !== undefined);
    if (!buckets.every((each) => each.hasOne())) throw tooManyRequests();
    for (const each of buckets) each.take();
  }

  #routeBucket(method: string, route: string): TokenBucket | undefined {
    const key = `${method} ${route}`;
    if (!this.#routes.has(key)) {
      const mintsKeys = method === 'POST' && route.endsWith('/organizations/:org_id/api_keys');
      const { organizationKeysPerSecond, requestsPerSecondPerRoute } = this.#limits;
      this.#routes.set(
        key,
        bucket(mintsKeys ? organizationKeysPerSecond : requestsPerSecondPerRoute, second),
      );
    }
    return this.#routes.get(key);
  }
}

function bucket(capacity: number, periodMs: number): TokenBucket | undefined {
  return Number.isFinite(capacity) ? new TokenBucket(capacity, periodMs) : undefined;
}
