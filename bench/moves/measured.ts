/** One move of a tenant's database, as it was measured; times in seconds. */
export interface Measured {
  readonly whole: number;
  /** From the last write that the old database accepted to the first that the new one did. */
  readonly gap: number;
  /** How much of the gap went into comparing both databases row by row. */
  readonly compared: number;
  /** For how long nothing was written before, at the worst. */
  readonly before: number;
  readonly lost: number;
  readonly processor: number;
}
