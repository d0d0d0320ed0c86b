import { ApplicationFailure, condition, defineUpdate, setHandler } from '@temporalio/workflow';
import type { DatabaseExport } from '../activities/database/export-database.js';
import type { ProjectInput } from '../activities/tenant-input.js';
import { wholeTimings } from '../tenancy/default-timings.js';
import type { FailureType } from '../tenancy/failures.js';
import { undoOffboardingUpdateName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Activities } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { endingWith } from './frame/failure-reason.js';
import {
  type OperationContext,
  type OperationInput,
  secondsSoFar,
  tenantOperation,
} from './frame/tenant-operation.js';
import type { Undo } from './frame/undo.js';
import { day } from './parts/expires-after.js';
import { reachPastTheQuota } from './parts/owner-login.js';
import { allProjects, removeProjects } from './parts/remove-projects.js';
import { lowerQuota, putToSleep, restoreQuota, seeShutOut, tryToCloseLogin } from './parts/shut-out.js';

export interface OffboardInput extends OperationInput {
  /** Leave a dump of the database in the workers' folder for exports. @default false */
  readonly export?: boolean;
  /**
   * How long the offboarding can be undone, in milliseconds; 0 means not at all.
   * @default timings.offboardingGrace
   */
  readonly graceMs?: number;
}

export type OffboardedTenant =
  | {
      readonly id: TenantId;
      readonly undone: false;
      readonly state: 'offboarded';
      /** Absent unless an export was requested and there was a database. */
      readonly export?: DatabaseExport;
      /** The projects that this run deleted, without those that were already gone. */
      readonly deletedProjectIds: readonly string[];
      /** ISO 8601: until then Neon can bring a deleted project back; absent when none was deleted. */
      readonly recoverableUntil?: string;
      readonly seconds: number;
    }
  | {
      readonly id: TenantId;
      /** The offboarding was undone in time: the tenant is back in its earlier state. */
      readonly undone: true;
      readonly state: 'ready' | 'suspended' | 'failed';
      readonly seconds: number;
    };

type StepName =
  | 'end all connections'
  | 'close the login'
  | 'export the database'
  | 'lower the quota'
  | 'put the compute to sleep'
  | 'try to connect'
  | 'wait out the grace'
  | 'let the tenant in again'
  | 'delete the project'
  | 'verify that it is gone';

/** According to Neon, a deleted project can be recovered for seven days. */
const recoverableMs = 7 * day;
const longestGraceMs = 365 * day;

const undoOffboarding = defineUpdate<void>(undoOffboardingUpdateName);

/**
 * Offboards a tenant for good: it is shut out at once, and its project is deleted once the grace period is
 * over. During the grace period the offboarding can be undone; once the deletion has begun it can only
 * continue, over as many runs as that takes.
 */
export function offboardTenant(input: OffboardInput): Promise<OffboardedTenant> {
  const { id } = input.tenant;
  const { export: wanted = false, graceMs = wholeTimings(input.timings).offboardingGrace } = input;
  const taking = takingBack();
  return tenantOperation<StepName, OffboardedTenant>(input, {
    operation: 'offboard',
    copesWithLeftovers: true,
    hookBefore: 'offboarding',
    hookAfter: 'offboarded',
    // A tenant that is half deleted or was never completed has no database for a hook to work in.
    wantsHook: ({ hasDatabase }) => hasDatabase,
    asked: { export: wanted, graceMs },
    names: [
      'end all connections',
      'close the login',
      ...(wanted ? (['export the database'] as const) : []),
      'lower the quota',
      'put the compute to sleep',
      'try to connect',
      'wait out the grace',
      'delete the project',
      'verify that it is gone',
    ],
    nothingToDo: () => ({
      id,
      undone: false,
      state: 'offboarded',
      deletedProjectIds: [],
      seconds: secondsSoFar(),
    }),
    async run(context) {
      const { begun, step, held, activities, undo } = context;
      if (!begun.hasDatabase) noWayBack(undo);
      refuseUnfitGrace(graceMs);
      let exported: DatabaseExport | undefined;
      if (begun.hasDatabase) {
        taking.allow();
        if (!taking.asked()) exported = await close(context, wanted);
        if (graceMs > 0 && !taking.asked()) {
          const until = new Date(Date.now() + graceMs).toISOString();
          await step('wait out the grace', () => condition(taking.asked, graceMs), {
            until,
            why: 'the offboarding can be undone in the grace',
          });
        }
        if (taking.asked()) {
          await step('let the tenant in again', async () => {
            if (wanted) await activities.removeExport(held);
            await context.asBefore();
          });
          const state = begun.wasSuspended ? 'suspended' : 'ready';
          return { result: { id, undone: true, state, seconds: secondsSoFar() }, takenBack: true };
        }
      }
      taking.refuse();
      noWayBack(undo);
      const recoverableUntil = new Date(Date.now() + recoverableMs).toISOString();
      const deleted = await step('delete the project', async () => {
        // Their absence tells a later run that there is no way back.
        await activities.forgetSecrets(held);
        return removeProjects(activities, held, allProjects);
      });
      await step('verify that it is gone', async () => {
        for (const projectId of deleted) await activities.verifyGone({ ...held, projectId });
        await activities.forgetProject(held);
      });
      return {
        result: {
          id,
          undone: false,
          state: 'offboarded',
          ...(exported === undefined ? {} : { export: exported }),
          deletedProjectIds: deleted,
          ...(deleted.length === 0 ? {} : { recoverableUntil }),
          seconds: secondsSoFar(),
        },
      };
    },
  });
}

movesToTheCurrentBuild(offboardTenant);

/**
 * Shuts the tenant out, even if its database does not answer or is gone. The export is made in between, when
 * nobody writes any more and the quota still lets the owner in.
 */
async function close(
  { activities, step, project, undo }: OperationContext<StepName>,
  wanted: boolean,
): Promise<DatabaseExport | undefined> {
  if (wanted) await activities.checkExportFolder(project);
  undo.touch();
  await step('end all connections', () => putToSleep(activities, project));
  const exportable = await step('close the login', async () => {
    if (wanted) return closeForExport(activities, project);
    await tryToCloseLogin(activities, project);
    return false;
  });
  let exported: DatabaseExport | undefined;
  if (exportable) {
    undo.register('remove the export', () => activities.removeExport(project));
    exported = await step('export the database', () => activities.exportDatabase(project));
  }
  await step('lower the quota', () => lowerQuota(activities, project));
  await step('put the compute to sleep', () => putToSleep(activities, project));
  await step('try to connect', () => seeShutOut(activities, project));
  return exported;
}

/**
 * An export must contain everything that was written, so nobody else may be connected. A suspension, or an
 * offboarding that was cut off, may have lowered the quota before. Returns whether there is anything to
 * export.
 */
async function closeForExport(activities: Activities, project: ProjectInput): Promise<boolean> {
  const quota = await activities.lookAtQuota(project);
  if (quota === 'gone') return false;
  if (quota === 'lowered') await restoreQuota(activities, project);
  await reachPastTheQuota(activities, project);
  await activities.closeLogin(project);
  return true;
}

/** From here on no failure releases the tenant, until an offboarding completes. */
function noWayBack(undo: Undo): void {
  undo.commit();
  undo.cannot('bring back what is being deleted');
}

/** Tracks whether an offboarding may still be undone, and whether that was requested. */
function takingBack() {
  let verdict: 'open' | 'allowed' | 'too late' = 'open';
  let asked = false;
  setHandler(
    undoOffboarding,
    async () => {
      asked = true;
      await condition(() => verdict !== 'open');
      refuseLate();
    },
    { validator: refuseLate },
  );
  function refuseLate(): void {
    if (verdict !== 'too late') return;
    const type: FailureType = 'TenantStateConflict';
    throw ApplicationFailure.nonRetryable(
      'the deletion has begun, so the offboarding cannot be undone any more; Neon itself can bring a deleted project back for 7 days',
      type,
    );
  }
  return {
    asked: () => asked,
    allow() {
      verdict = 'allowed';
    },
    refuse() {
      verdict = 'too late';
    },
  };
}

function refuseUnfitGrace(graceMs: number): void {
  if (Number.isInteger(graceMs) && graceMs >= 0 && graceMs <= longestGraceMs) return;
  const message = `the grace is 0 ms to ${longestGraceMs / day} days, in whole milliseconds`;
  throw endingWith({ type: 'RequestUnfit', message });
}
