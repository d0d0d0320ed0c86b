/** Neon does not know a worker's key, or no longer does. */
export interface KeyRefusal {
  /** Neon's message. */
  readonly message: string;
  /** When Neon first refused the key, ISO 8601. */
  readonly since: string;
}
