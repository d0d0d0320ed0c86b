/** A calendar month in UTC, which is what Neon bills and what its quotas begin anew with. */
export interface BillingPeriod {
  /** Such as `2026-11`. */
  readonly name: string;
  readonly start: Date;
  /** The start of the next one. */
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

/** The period of that name; `undefined` for what is no name of one. */
export function billingPeriodNamed(name: string): BillingPeriod | undefined {
  return billingPeriodPattern.test(name) ? billingPeriodOf(new Date(`${name}-01T00:00:00Z`)) : undefined;
}
