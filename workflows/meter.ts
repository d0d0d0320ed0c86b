import { continueAsNew, isCancellation, log, sleep, TemporalFailure } from '@temporalio/workflow';
import type { WarningDue } from '../activities/catalog/check-budgets.js';
import type { OwnTimings } from '../tenancy/default-timings.js';
import { type Activities, activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { reasonOf } from './frame/failure-reason.js';
import { startOperation } from './parts/start-operation.js';

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
 * Reads what a fleet's projects have used, a hundred at a time, until none is due, and then does what budgets ask for. How far each
 * project is read, and who was warned and stopped, stands in the catalog, so a run that ends at any point has lost nothing.
 */
export async function meter(run: MeterRun): Promise<MeterRead> {
  const { fleet, timings } = run;
  let read: MeterRead;
  try {
    read = await readAll(run);
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    // What is known says whom to stop, and a month that is over whom to let in, also while Neon tells nothing.
    await seeToBudgets(activitiesOf(timings, { attempts }), fleet);
    throw error;
  }
  await seeToBudgets(activitiesOf(timings, { attempts }), fleet);
  return read;
}

movesToTheCurrentBuild(meter);

async function readAll(run: MeterRun): Promise<MeterRead> {
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

/** A tenant is suspended and let in again by the ordinary operations, which try whether it can connect. */
async function seeToBudgets(activities: Activities, fleet: string): Promise<void> {
  const { warn, stop, resume } = await activities.checkBudgets({ fleet });
  const request = {};
  const startedBy = { kind: 'budget' } as const;
  await Promise.all([
    ...stop.map(({ tenantId: id, ...tenant }) =>
      startOperation(activities, { fleet, id }, { operation: 'suspend', request, startedBy, ...tenant }),
    ),
    ...resume.map(({ tenantId: id, ...tenant }) =>
      startOperation(activities, { fleet, id }, { operation: 'resume', request, startedBy, ...tenant }),
    ),
    ...warn.map((warning) => warned(activities, fleet, warning)),
  ]);
}

/** A hook that fails holds nobody else up: it is called again by the next run. */
async function warned(
  activities: Activities,
  fleet: string,
  { tenantId: id, ...warning }: WarningDue,
): Promise<void> {
  try {
    await activities.warnOfBudget({ tenant: { fleet, id }, ...warning });
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn('nobody was warned of a budget', { ...reasonOf(error) });
  }
}
