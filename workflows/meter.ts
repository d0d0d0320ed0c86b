import { continueAsNew, sleep } from '@temporalio/workflow';
import type { OwnTimings } from '../tenancy/default-timings.js';
import { activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';

export interface MeterRun {
  readonly fleet: string;
  readonly timings: OwnTimings;
  /** Between two calls, in milliseconds: it keeps Neon's limit for consumption. */
  readonly paceMs: number;
  /** How many projects runs before it have read, which this one goes on from. @default 0 */
  readonly soFar?: number;
}

export interface MeterRead {
  readonly projects: number;
}

/** So many calls are made in one run, for the sake of its history. */
const mostCalls = 200;
/** So often a call is tried: the next run comes in minutes. */
const attempts = 5;

/**
 * Reads what a fleet's projects have used, a hundred at a time, until none is due. How far each is read stands in the catalog, so a run
 * that ends at any point has lost nothing.
 */
export async function meter(run: MeterRun): Promise<MeterRead> {
  const { fleet, timings, paceMs, soFar = 0 } = run;
  const { meterUsage } = activitiesOf({ ...timings, retry: paceMs }, { attempts });
  let projects = soFar;
  for (let call = 0; call < mostCalls; call += 1) {
    if (call > 0) await sleep(paceMs);
    const read = await meterUsage({ fleet });
    if (read.projects === 0) return { projects };
    projects += read.projects;
  }
  return continueAsNew<typeof meter>({ ...run, soFar: projects });
}

movesToTheCurrentBuild(meter);
