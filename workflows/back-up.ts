import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { continueAsNew, log, ParentClosePolicy, startChild, TemporalFailure } from '@temporalio/workflow';
import type { BackupToTake } from '../activities/catalog/backups.js';
import type { OwnTimings } from '../tenancy/default-timings.js';
import { inParallel } from '../tenancy/in-parallel.js';
import { transitionOf } from '../tenancy/lifecycle.js';
import { backupName } from '../tenancy/naming.js';
import { operationOptions } from '../tenancy/operation-options.js';
import { priorities } from '../tenancy/priorities.js';
import { type Activities, activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { reasonOf } from './frame/failure-reason.js';

export interface BackUpRun {
  readonly fleet: string;
  readonly timings: OwnTimings;
  /** The tenant where the previous run stopped. @default from the first tenant */
  readonly after?: string;
  /** The results of the previous runs. @default nothing */
  readonly soFar?: BackedUp;
}

export interface BackedUp {
  readonly taken: number;
  /** They are still due, and the next run takes them. */
  readonly busy: number;
  readonly failed: number;
}

/** How many at once: a snapshot is a few calls to Neon, and operations that people request come first. */
const atOnce = 10;
/** A page is a hundred tenants and a few thousand events. */
const pagesOfARun = 3;
const attempts = 5;

/**
 * Takes a snapshot of each tenant that is due for one, a few at a time. The catalog says who is due, so a run
 * that ends at any point has lost nothing, and a tenant that was busy or failed is due again in the next run.
 */
export async function backUp(run: BackUpRun): Promise<BackedUp> {
  const { fleet, timings } = run;
  const activities = activitiesOf(timings, { attempts });
  const done = { taken: 0, busy: 0, failed: 0, ...run.soFar };
  let after = run.after;
  for (let page = 0; page < pagesOfARun; page += 1) {
    const due = await activities.findBackupsDue({ fleet, ...(after === undefined ? {} : { after }) });
    await inParallel(due.take, atOnce, async (tenant) => {
      done[await takeOne(activities, fleet, tenant)] += 1;
    });
    if (due.after === undefined) return done;
    after = due.after;
  }
  return continueAsNew<typeof backUp>({
    fleet,
    timings,
    ...(after === undefined ? {} : { after }),
    soFar: done,
  });
}

movesToTheCurrentBuild(backUp);

async function takeOne(
  { timings }: Activities,
  fleet: string,
  { tenantId: id, plan, ttlMs, visibility }: BackupToTake,
): Promise<keyof BackedUp> {
  const { workflowType, ...options } = operationOptions({
    operation: 'snapshot',
    tenant: { fleet, id },
    request: { name: backupName(new Date()), ttlMs, isBackup: true },
    stage: transitionOf('snapshot').during,
    timings,
    plan,
    visibility,
  });
  try {
    const taking = await startChild(workflowType, {
      ...options,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      // As in all bulk work, requests by people come first.
      priority: { priorityKey: priorities.bulk },
    });
    await taking.result();
    return 'taken';
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 'busy';
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn('a backup was not taken', { tenant: visibility?.tenant ?? id, ...reasonOf(error) });
    return 'failed';
  }
}
