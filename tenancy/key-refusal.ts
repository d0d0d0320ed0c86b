/** Neon does not know a worker's key, or not any more. */
export interface KeyRefusal {
  /** Neon's words. */
  readonly message: string;
  /** ISO 8601: when it said so first. */
  readonly since: string;
}
