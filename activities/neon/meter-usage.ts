import { cancellationSignal } from '@temporalio/activity';
import { hoursOfUsage, mostMeteredProjects, readUsage } from '../../neon/consumption.js';
import { isNeonError } from '../../neon/neon-error.js';
import { failure, failures } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';

export interface MeterInput {
  readonly fleet: string;
}

export interface Metered {
  /** How many projects were read; 0 if none is due. */
  readonly projects: number;
  /** Whether more were due than one call can ask about. */
  readonly more: boolean;
}

/** A reply with this many project hours is about two megabytes. */
const mostFrames = 5_000;
/** One hour less than Neon keeps, because Neon's clock may be ahead of the catalog's. */
const reachMs = (hoursOfUsage - 1) * 3_600_000;
const leaseMs = 60_000;
/** The next run comes after a full interval, and everything that this run reads must be due again by then. */
const partOfInterval = 0.75;

/**
 * Reads the usage of the projects whose last reading is oldest, in one call to Neon. If it is cut off,
 * nothing counts as read, and it is repeated.
 */
export function meterUsage({ neon, catalog, fleet }: Dependencies) {
  return async (asked: MeterInput): Promise<Metered> => {
    if (asked.fleet !== fleet.name) {
      const message = `a worker of fleet "${fleet.name}" took the metering of fleet "${asked.fleet}"`;
      throw failure('ForeignFleet', message, { nonRetryable: false });
    }
    const limits = { projects: mostMeteredProjects, frames: mostFrames, reachMs, leaseMs };
    const reading = await catalog.usage.next(fleet.name, limits);
    if (reading === undefined) return { projects: 0, more: false };
    const { meter, meterLateness } = fleet.timings;
    const pace = { againMs: meter * partOfInterval, latenessMs: meterLateness, reachMs };
    const question = { ...reading, to: reading.askedAt };
    const read = await readUsage(neon, question, cancellationSignal()).catch(async (error: unknown) => {
      const mayPass = isNeonError(error) && failures[error.type].retryable;
      await catalog.usage.release(reading, mayPass ? 0 : pace.againMs);
      throw error;
    });
    await catalog.usage.record(fleet.name, reading, read, pace);
    return { projects: reading.projectIds.length, more: reading.more };
  };
}
