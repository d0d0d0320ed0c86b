import { describe, expect, it } from 'vitest';
import { timingsSchema } from '../../tenancy/timings.js';

const seconds = 1_000;
const minutes = 60 * seconds;

describe('the timings', () => {
  it('are fit for Neon when nothing is said', () => {
    expect(timingsSchema.parse({})).toEqual({
      neonCall: 20 * seconds,
      neonLocked: 3 * seconds,
      operationPoll: 1 * seconds,
      operationDeadline: 15 * minutes,
      failedOperationGrace: 1 * minutes,
      createGrace: 30 * seconds,
      createLook: 60 * minutes,
      sweep: 1 * minutes,
      reconcile: 24 * 60 * minutes,
      reconcileAge: 24 * 60 * minutes,
      quarantine: 7 * 24 * 60 * minutes,
      meter: 15 * minutes,
      meterLateness: 6 * 60 * minutes,
      retry: 1 * seconds,
      databaseDeadline: 1 * minutes,
      migrationsDeadline: 15 * minutes,
      migrationStatement: 10 * minutes,
      migrationLock: 1 * seconds,
      heartbeat: 15 * seconds,
      workflowTask: 5 * seconds,
      shortStep: 15 * seconds,
      hook: 5 * minutes,
      hookDeadline: 15 * minutes,
      deployGrace: 10 * minutes,
      buildSilence: 60 * minutes,
      rotationOverlap: 5 * minutes,
      offboardingGrace: 7 * 24 * 60 * minutes,
      exportDeadline: 4 * 60 * minutes,
      copyDeadline: 60 * minutes,
      moveGrace: 3 * 24 * 60 * minutes,
      branchTtl: 24 * 60 * minutes,
      branchExpiryMargin: 60 * minutes,
      keptState: 7 * 24 * 60 * minutes,
      backUp: 15 * minutes,
      eventTimeout: 15 * seconds,
      eventRetry: 5 * seconds,
      eventPause: 3 * 24 * 60 * minutes,
      keptRollouts: 90 * 24 * 60 * minutes,
      keptEvents: 30 * 24 * 60 * minutes,
      keptUsageHours: 62 * 24 * 60 * minutes,
      keptUsage: 400 * 24 * 60 * minutes,
      keptDrills: 400 * 24 * 60 * minutes,
      keptBackupHistory: 90 * 24 * 60 * minutes,
    });
  });

  it('can be set one by one', () => {
    const { neonCall, ...rest } = timingsSchema.parse({ neonCall: 5 });
    expect(neonCall).toBe(5);
    expect(rest).toEqual(timingsSchema.omit({ neonCall: true }).parse({}));
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '20 s', null])('refuse %o', (value) => {
    const { error } = timingsSchema.safeParse({ neonCall: value });
    expect(error?.issues.map(({ path }) => path)).toEqual([['neonCall']]);
  });

  it('refuse a duration that nothing reads', () => {
    expect(timingsSchema.safeParse({ neoncall: 5 }).success).toBe(false);
  });
});
