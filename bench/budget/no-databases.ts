import { setTimeout as sleep } from 'node:timers/promises';
import { activityInfo } from '@temporalio/activity';
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';

/** About as long as each takes in a database that is near, in milliseconds. */
const stubs: Readonly<Record<string, { readonly takesMs: number; readonly result?: unknown }>> = {
  prepareDatabase: { takesMs: 50 },
  logInAsOwner: { takesMs: 5, result: true },
  closeLogin: { takesMs: 5 },
  verifyShutOut: { takesMs: 5, result: 'no databases here' },
};

/** Stands in for the tenants' databases, of which there are none, in onboardings and suspensions. */
export const noDatabases: ActivityInboundCallsInterceptor = {
  async execute(input, next) {
    const stub = stubs[activityInfo().activityType];
    if (stub === undefined) return next(input);
    await sleep(stub.takesMs);
    return stub.result;
  },
};
