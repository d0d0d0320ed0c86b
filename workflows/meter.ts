import { continueAsNew, isCancellation, log, TemporalFailure } from '@temporalio/workflow';
import type { WarningDue } from '../activities/catalog/check-budgets.js';
import type { OwnTimings } from '../tenancy/default-timings.js';
import { type Activities, activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { reasonOf } from './frame/failure-reason.js';
import { startOperation } from './parts/start-operation.js';

export interface MeterRun {
  readonly fleet: string;
  readonly timings: OwnTimings;
  /** How many projects the previous runs have read. @default 0 */
  readonly soFar?: number;
}

export interface MeterRead {
  readonly projects: number;
}

/** The number of calls in one run, which bounds its history. */
const mostCalls = 200;
/**
 * The number of calls that wait for their turn at once. The server divides the pace of their queue among its
 * partitions, four by default: with fewer calls the shares of some would be left.
 */
const callsAtOnce = 4;
/** The number of attempts of a call: the next run comes within minutes. */
const attempts = 5;

/**
 * Reads the usage of a fleet's projects, a hundred at a time, until none is due, and then acts on the
 * budgets. The catalog records how far each project has been read, and who was warned and suspended, so a run
 * that ends at any point has lost nothing.
 */
export async function meter(run: MeterRun): Promise<MeterRead> {
  const { fleet, timings } = run;
  let read: MeterRead;
  try {
    read = await readAll(run);
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    // Known usage still decides whom to suspend, and a new month whom to resume, even while Neon's usage is
    // unavailable.
    await seeToBudgets(activitiesOf(timings, { attempts }), fleet);
    throw error;
  }
  await seeToBudgets(activitiesOf(timings, { attempts }), fleet);
  return read;
}

movesToTheCurrentBuild(meter);

async function readAll(run: MeterRun): Promise<MeterRead> {
  const { fleet, timings, soFar = 0 } = run;
  const { meterUsage } = activitiesOf(timings, { attempts });
  let [projects, calls, isDone] = [soFar, 0, false];
  const readOnce = async () => {
    calls += 1;
    const read = await meterUsage({ fleet });
    projects += read.projects;
    isDone ||= !read.more;
  };
  const readOn = async () => {
    while (!isDone && calls < mostCalls) await readOnce();
  };
  await readOnce();
  const ends = await Promise.allSettled(Array.from({ length: callsAtOnce }, readOn));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return isDone ? { projects } : continueAsNew<typeof meter>({ ...run, soFar: projects });
}

/** A tenant is suspended and resumed by the ordinary operations, which verify whether it can connect. */
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

/** A failed hook delays no other tenant: the next run calls it again. */
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
