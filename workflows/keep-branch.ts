import { condition, defineSignal, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import type { ProjectStep } from '../activities/tenant-step.js';
import { wholeTimings } from '../tenancy/default-timings.js';
import { removeBranchSignalName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Timings } from '../tenancy/timings.js';
import { movesToTheCurrentBuild } from './build-moves.js';
import { trackProgress } from './progress.js';
import { refuseUnfitInput } from './refuse-unfit-input.js';
import { removeBranch } from './remove-branch.js';
import { shielded } from './shielded.js';
import { stepsOf } from './steps.js';

export interface KeepBranchInput {
  readonly tenant: { readonly fleet: string; readonly id: TenantId };
  readonly projectId: string;
  /** As it was given: `incident-7`. */
  readonly name: string;
  /** ISO 8601 */
  readonly expiresAt: string;
  readonly timings: Timings;
}

export interface RemovedBranch {
  readonly name: string;
  /** `superseded`: the name belongs to a later copy, which has a keeper of its own, and nothing was removed. */
  readonly removed: 'expired' | 'asked' | 'superseded';
}

const removeNow = defineSignal(removeBranchSignalName);

/**
 * Keeps a copy of a tenant's database until its time is up, or until it is told or cancelled, and then deletes it. It
 * lives beside the tenant's own runs and holds none of them up; that the tenant or its project is gone by then is fine.
 */
export async function keepBranch(input: KeepBranchInput): Promise<RemovedBranch> {
  refuseUnfitInput(input);
  const { tenant, projectId, name, expiresAt, timings } = input;
  let asked = false;
  setHandler(removeNow, () => {
    asked = true;
  });
  const steps = stepsOf(timings);
  const step = trackProgress(['wait until its time is up', 'delete the copy']);
  const project: ProjectStep = { tenant, projectId, timings: wholeTimings(timings) };

  const why = await step('wait until its time is up', async () => {
    const left = Date.parse(expiresAt) - Date.now();
    try {
      return left <= 0 || !(await condition(() => asked, left)) ? 'expired' : 'asked';
    } catch (error) {
      // Whoever cancels the keeper of a copy means the copy.
      if (isCancellation(error)) return 'asked';
      throw error;
    }
  });
  return shielded(() =>
    step('delete the copy', async () => {
      const { workflowId: self } = workflowInfo();
      const keeper = (await steps.branchKeeper({ ...project, name })) ?? self;
      if (keeper !== self) return { name, removed: 'superseded' };
      const removed = asked ? 'asked' : why;
      await removeBranch(steps, project, { name, keeper, why: removed });
      return { name, removed };
    }),
  );
}

movesToTheCurrentBuild(keepBranch);
