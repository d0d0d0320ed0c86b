export interface BillingPeriod {
  /** In milliseconds since the epoch; the end is the start of the next one. */
  readonly start: number;
  readonly end: number;
}

/** The calendar month, in UTC. */
export function billingPeriodOf(time: number): BillingPeriod {
  const date = new Date(time);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
}
