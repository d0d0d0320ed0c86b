import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, sleep, startChild, TemporalFailure } from '@temporalio/workflow';
import type { DutyStep } from '../activities/catalog/duties.js';
import type { DueBranch, DueIntended, TakeUp } from '../activities/catalog/find-due.js';
import type { TenantStep } from '../activities/tenant-step.js';
import type { OwnTimings } from '../tenancy/default-timings.js';
import type { FailureType } from '../tenancy/failures.js';
import { transitionOf } from '../tenancy/lifecycle.js';
import { operationOptions } from '../tenancy/operation-options.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { reasonOf } from './frame/failure-reason.js';
import { type Steps, stepsOf } from './frame/steps.js';
import { deleteOnce } from './parts/delete-copy.js';
import { seeToIntended } from './parts/see-to-intended.js';

export interface SweepInput {
  readonly fleet: string;
  readonly timings: OwnTimings;
}

/** How much of each kind was due, and how much of that is to be tried again. */
export interface Swept {
  readonly projects: number;
  readonly branches: number;
  /** What runs that were cut off were about to make. */
  readonly intended: number;
  readonly tenants: number;
  readonly postponed: number;
}

/** So often a step is tried within one sweep: there is another one in a minute. */
const attempts = 2;
/** Neon does something else just now, and will come to it. */
const busy: ReadonlySet<FailureType> = new Set([
  'NeonLocked',
  'NeonRateLimited',
  'NeonOperationPending',
  'NeonCreateNotSeen',
]);
/** So often a sweep looks whether what it had deleted is gone, each time after twice the pause. */
const looks = 5;

/**
 * Looks for what is due in a fleet, and does it: deletes copies and former projects whose time is up, looks again for creates
 * whose answer nobody read and for what a run that was cut off was about to make, and takes up tenants whose run was ended by
 * force. Each is a row with a time, so a sweep that was missed has lost nothing; what Neon refuses comes again later, and is
 * told of meanwhile.
 */
export async function sweep(input: SweepInput): Promise<Swept> {
  const { fleet } = input;
  const steps = stepsOf(input.timings, { attempts });
  const due = await steps.findDue({ fleet });
  // A worker of the release before looks for none.
  const intended = due.intended ?? [];
  let postponed = 0;
  const duty = async (told: TenantStep, of: Omitted<DutyStep>, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      postponed += 1;
      const { type, message: trouble } = reasonOf(error);
      await steps.postponeDuty({ ...told, ...of, trouble, isBusy: busy.has(type) });
    }
  };
  const toldOf = ({ tenantId: id }: { readonly tenantId: DueBranch['tenantId'] }): TenantStep => ({
    tenant: { fleet, id },
  });
  await Promise.all([
    ...due.projects.map((project) => {
      const told = toldOf(project);
      return duty(told, { project: project.name }, () => seeToProject(steps, told, project.name));
    }),
    ...due.branches.map((branch) => {
      const told = toldOf(branch);
      return duty(told, { kind: 'branch', name: branch.name }, () => seeToBranch(steps, told, branch));
    }),
    ...intended.map((one) => {
      const told = toldOf(one);
      const { kind, name } = one;
      return duty(told, { kind, name }, () => seeTo(steps, told, one));
    }),
    ...due.giveUp.map((tenant) => steps.giveUpOnboarding({ ...toldOf(tenant), runId: tenant.runId })),
    ...due.takeUp.map((tenant) => takeUp(steps, toldOf(tenant), tenant)),
  ]);
  return {
    projects: due.projects.length,
    branches: due.branches.length,
    intended: intended.length,
    tenants: due.giveUp.length + due.takeUp.length,
    postponed,
  };
}

movesToTheCurrentBuild(sweep);

type Omitted<D> = D extends unknown ? Omit<D, 'trouble' | 'isBusy'> : never;

/** Deletes what is to go under a name, and what lost creates have made of it. What is not gone yet is due again. */
async function seeToProject(steps: Steps, told: TenantStep, name: string): Promise<void> {
  const claimed = await steps.claimProject({ ...told, name });
  if (claimed === undefined) return;
  const deleted = await untilGone(steps, async () => {
    const found = (await steps.findProjects({ ...told, name })).filter((id) => id !== claimed.keep);
    for (const projectId of found) await steps.deleteProject({ ...told, projectId });
    return found.length === 0;
  });
  if (deleted) await steps.settleProject({ ...told, name });
}

async function seeToBranch(
  steps: Steps,
  told: TenantStep,
  { name, projectId, branchId }: DueBranch,
): Promise<void> {
  const copy = { name, ...(branchId === undefined ? {} : { branchId }) };
  const deleted = await untilGone(
    steps,
    async () => !(await deleteOnce(steps, { ...told, projectId }, copy)),
  );
  if (deleted) await steps.forgetBranch({ ...told, ...copy, why: 'expired' });
}

async function seeTo(steps: Steps, told: TenantStep, intended: DueIntended): Promise<void> {
  const { kind, name, projectId } = intended;
  const become = await untilKnown(steps, () => seeToIntended(steps, { ...told, projectId }, intended));
  if (become === undefined) return;
  await steps.settleIntended({ ...told, kind, name, ...(become === 'nothing' ? {} : become) });
}

/** Looks, and deletes what is there, until there is nothing; a few times, for the next sweep goes on. */
async function untilGone(steps: Steps, look: () => Promise<boolean>): Promise<boolean> {
  return (await untilKnown(steps, async () => ((await look()) ? true : undefined))) ?? false;
}

async function untilKnown<T>({ timings }: Steps, look: () => Promise<T | undefined>): Promise<T | undefined> {
  for (let times = 0; times < looks; times += 1) {
    if (times > 0) await sleep(timings.operationPoll * 2 ** times);
    const known = await look();
    if (known !== undefined) return known;
  }
  return undefined;
}

/** Starts the operation that goes on where another run was ended. Where one is under way by now, that one does. */
async function takeUp(
  { timings }: Steps,
  { tenant }: TenantStep,
  { operation, request, visibility }: TakeUp,
): Promise<void> {
  const stage = transitionOf(operation).during;
  const asked = { operation, tenant, request, timings, stage, visibility };
  const { workflowType, ...options } = operationOptions(asked);
  try {
    await startChild(workflowType, { ...options, parentClosePolicy: ParentClosePolicy.ABANDON });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
