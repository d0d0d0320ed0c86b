import { setTimeout as sleep } from 'node:timers/promises';
import type { Wait } from '../tenancy/progress.js';
import { TemporalUnreachableError } from './errors.js';
import { reachTemporal, type Temporal } from './reach-temporal.js';

/**
 * Followers of an operation should learn of it within five seconds. Temporal's client takes up to twice its deadline.
 */
const withinMs = 1_500;
const pauseMs = 2_000;

interface Checks {
  /** Set while a check is running, or ended a moment ago. */
  resting: boolean;
  /** The result of the last check. */
  absence: Wait | undefined;
}

/** All followers on one connection share its check. */
const checksOf = new WeakMap<Temporal['connection'], Checks>();

/**
 * The wait for a Temporal that does not respond; `undefined` while it does. Returns the last known result; Temporal
 * is checked at most every two seconds, with a call that concerns no run and so costs nothing.
 */
export function temporalAbsence(temporal: Temporal): Wait | undefined {
  const checks = checksOf.get(temporal.connection) ?? { resting: false, absence: undefined };
  checksOf.set(temporal.connection, checks);
  if (!checks.resting) {
    checks.resting = true;
    void absenceNow(temporal).then(async (absence) => {
      checks.absence = absence;
      await sleep(pauseMs, undefined, { ref: false });
      checks.resting = false;
    });
  }
  return checks.absence;
}

async function absenceNow(temporal: Temporal): Promise<Wait | undefined> {
  const ask = () => temporal.connection.workflowService.getSystemInfo({});
  try {
    await reachTemporal(temporal, ask, undefined, withinMs);
    return undefined;
  } catch (error) {
    // Any other error is a response too.
    if (!(error instanceof TemporalUnreachableError)) return undefined;
    return { reason: error.message, type: 'NoTemporal', attempts: 0 };
  }
}
