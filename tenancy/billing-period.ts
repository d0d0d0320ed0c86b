/** A calendar month in UTC: Neon bills by it, and resets its quotas at its start. */
export interface BillingPeriod {
  /** Such as `2026-11`. */
  readonly name: string;
  readonly start: Date;
  /** The start of the next period. */
  readonly end: Date;
}

export const billingPeriodPattern = /^20\d\d-(0[1-9]|1[0-2])$/;

export function billingPeriodOf(time: Date): BillingPeriod {
  const [year, month] = [time.getUTCFullYear(), time.getUTCMonth()];
  return {
    name: time.toISOString().slice(0, 7),
    start: new Date(Date.UTC(year, month)),
    end: new Date(Date.UTC(year, month + 1)),
  };
}

/** The period with that name; `undefined` when the name is not a period's. */
export function billingPeriodNamed(name: string): BillingPeriod | undefined {
  return billingPeriodPattern.test(name) ? billingPeriodOf(new Date(`${name}-01T00:00:00Z`)) : undefined;
}
