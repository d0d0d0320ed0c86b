import { setTimeout as sleep } from 'node:timers/promises';
import type { Wait } from '../tenancy/progress.js';
import { TemporalUnreachableError } from './errors.js';
import { reachTemporal, type Temporal } from './reach-temporal.js';

/** Whoever follows an operation is to learn of it within five seconds. Temporal's client takes up to twice as long as it is given. */
const withinMs = 1_500;
const pauseMs = 2_000;

interface Checks {
  /** Whether one is under way, or ended a moment ago. */
  resting: boolean;
  /** What the last one found. */
  absence: Wait | undefined;
}

/** However many follow over a connection, it is checked once. */
const checksOf = new WeakMap<Temporal['connection'], Checks>();

/**
 * That Temporal does not answer, where it does not. What was found last is returned; Temporal is asked anew every two seconds at most, and
 * for no run, which costs nothing.
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
    // Other errors are an answer too.
    if (!(error instanceof TemporalUnreachableError)) return undefined;
    return { reason: error.message, type: 'NoTemporal', attempts: 0 };
  }
}
