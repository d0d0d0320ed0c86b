import { cancellationSignal } from '@temporalio/activity';
import { hoursOfUsage, mostMeteredProjects, readUsage } from '../../neon/consumption.js';
import { isNeonError } from '../../neon/neon-error.js';
import { failure, failures } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';

export interface MeterInput {
  readonly fleet: string;
}

export interface Metered {
  /** How many projects were read; none where none is due. */
  readonly projects: number;
}

/** A reply with so many hours of projects has some two megabytes. */
const mostFrames = 5_000;
/** An hour is left, so that Neon's clock may be ahead of the catalog's. */
const reachMs = (hoursOfUsage - 1) * 3_600_000;
const leaseMs = 60_000;
/** The next run comes after a whole interval, and what this one has read at its end is to be due then. */
const partOfInterval = 0.75;

/**
 * Reads what some projects have used that were not read for the longest time, in one call to Neon. Cut off at any point, it has read
 * nothing, and is done again.
 */
export function meterUsage({ neon, catalog, fleet }: Dependencies) {
  return async (asked: MeterInput): Promise<Metered> => {
    if (asked.fleet !== fleet.name) {
      const message = `a worker of fleet "${fleet.name}" took the metering of fleet "${asked.fleet}"`;
      throw failure('ForeignFleet', message, { nonRetryable: false });
    }
    const limits = { projects: mostMeteredProjects, frames: mostFrames, reachMs, leaseMs };
    const reading = await catalog.usage.next(fleet.name, limits);
    if (reading === undefined) return { projects: 0 };
    const { meter, meterLateness } = fleet.timings;
    const pace = { againMs: meter * partOfInterval, latenessMs: meterLateness, reachMs };
    const question = { ...reading, to: reading.askedAt };
    const read = await readUsage(neon, question, cancellationSignal()).catch(async (error: unknown) => {
      const mayPass = isNeonError(error) && failures[error.type].retryable;
      await catalog.usage.release(reading, mayPass ? 0 : pace.againMs);
      throw error;
    });
    await catalog.usage.record(fleet.name, reading, read, pace);
    return { projects: reading.projectIds.length };
  };
}
