/** Holds so many tokens and gets them back evenly over a period. It begins full. */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perMs: number;
  #tokens: number;
  #at: number;

  constructor(capacity: number, periodMs: number, now = Date.now()) {
    this.#capacity = capacity;
    this.#perMs = capacity / periodMs;
    this.#tokens = capacity;
    this.#at = now;
  }

  hasOne(now = Date.now()): boolean {
    // A clock that is set back gives nothing and takes nothing.
    const grown = Math.max(0, now - this.#at) * this.#perMs;
    this.#tokens = Math.min(this.#capacity, this.#tokens + grown);
    this.#at = now;
    return this.#tokens >= 1;
  }

  take(): void {
    this.#tokens -= 1;
  }
}
