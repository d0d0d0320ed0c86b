import { log, ParentClosePolicy, sleep, startChild, TemporalFailure } from '@temporalio/workflow';
import type { DutyStep } from '../activities/catalog/duties.js';
import type { DueBranch, DueIntended, DueKept } from '../activities/catalog/find-due.js';
import type { Pruned } from '../activities/catalog/prune.js';
import type { TenantInput } from '../activities/tenant-input.js';
import type { OwnTimings } from '../tenancy/default-timings.js';
import type { FailureType } from '../tenancy/failures.js';
import { rolloutWorkflowId } from '../tenancy/naming.js';
import { type Activities, activitiesOf } from './frame/activities.js';
import { movesToTheCurrentBuild } from './frame/build-moves.js';
import { reasonOf } from './frame/failure-reason.js';
import { deleteOnce } from './parts/delete-copy.js';
import { deleteKept } from './parts/delete-kept.js';
import { seeToIntended } from './parts/see-to-intended.js';
import { startOperation, startUnlessThere } from './parts/start-operation.js';

export interface SweepInput {
  readonly fleet: string;
  readonly timings: OwnTimings;
}

/** How much of each kind was due, and how much of that is postponed. */
export interface Swept {
  readonly projects: number;
  readonly branches: number;
  /** Snapshots, and states before restores. */
  readonly kept: number;
  /** Resources that terminated runs were about to create. */
  readonly intended: number;
  readonly tenants: number;
  readonly postponed: number;
  /** The number of records that had been kept for long enough, by kind. Absent when there was none. */
  readonly pruned?: Pruned;
}

/** The number of attempts of a step within one sweep: there is another sweep in a minute. */
const attempts = 2;
/** Neon is busy with something else, and the same call works later. */
const busy: ReadonlySet<FailureType> = new Set([
  'NeonLocked',
  'NeonRateLimited',
  'NeonOperationPending',
  'NeonCreateNotSeen',
]);
/**
 * How often a sweep checks whether a deleted resource is gone; each pause is twice as long as the one before.
 */
const looks = 5;

/**
 * Finds what is due in a fleet, and does it: deletes copies and former projects whose time is up, looks again
 * for creates with lost answers and for resources that terminated runs were about to create, and takes up
 * tenants whose runs were terminated. Each duty is a row with a time, so a missed sweep has lost nothing;
 * what Neon refuses is retried later, and reported in the meantime.
 */
export async function sweep(input: SweepInput): Promise<Swept> {
  const { fleet } = input;
  const activities = activitiesOf(input.timings, { attempts });
  const due = await activities.findDue({ fleet });
  // A worker of the previous release does not return them.
  const intended = due.intended ?? [];
  let postponed = 0;
  const duty = async (held: TenantInput, of: Omitted<DutyStep>, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error;
      postponed += 1;
      const { type, message: trouble } = reasonOf(error);
      await activities.postponeDuty({ ...held, ...of, trouble, isBusy: busy.has(type) });
    }
  };
  const toldOf = ({ tenantId: id }: { readonly tenantId: DueBranch['tenantId'] }): TenantInput => ({
    tenant: { fleet, id },
  });
  const pruning = due.prune === undefined ? undefined : prune(activities, fleet);
  await Promise.all([
    ...due.projects.map((project) => {
      const held = toldOf(project);
      return duty(held, { project: project.name }, () => seeToProject(activities, held, project.name));
    }),
    ...due.branches.map((branch) => {
      const held = toldOf(branch);
      return duty(held, { kind: 'branch', name: branch.name }, () => seeToBranch(activities, held, branch));
    }),
    ...intended.map((one) => {
      const held = toldOf(one);
      const { kind, name } = one;
      return duty(held, { kind, name }, () => seeTo(activities, held, one));
    }),
    // A worker of the previous release does not return them.
    ...(due.kept ?? []).map((one) => {
      const held = toldOf(one);
      const { kind, name } = one;
      return duty(held, { kind, name }, () => seeToKept(activities, held, one));
    }),
    ...due.giveUp.map((tenant) => activities.giveUpOnboarding({ ...toldOf(tenant), runId: tenant.runId })),
    // A worker of the previous release does not return them.
    ...(due.rollouts ?? []).map((id) => goOnWith(fleet, id)),
    ...due.takeUp.map((tenant) => startOperation(activities, { fleet, id: tenant.tenantId }, tenant)),
  ]);
  const pruned = await pruning;
  return {
    projects: due.projects.length,
    branches: due.branches.length,
    kept: due.kept?.length ?? 0,
    intended: intended.length,
    tenants: due.giveUp.length + due.takeUp.length,
    postponed,
    ...(pruned === undefined ? {} : { pruned }),
  };
}

movesToTheCurrentBuild(sweep);

type Omitted<D> = D extends unknown ? Omit<D, 'trouble' | 'isBusy'> : never;

/**
 * Deletes the condemned projects of a name, and the duplicates that lost creates left. A project that is not
 * gone yet is due again.
 */
async function seeToProject(activities: Activities, held: TenantInput, name: string): Promise<void> {
  const claimed = await activities.claimProject({ ...held, name });
  if (claimed === undefined) return;
  const deleted = await untilGone(activities, async () => {
    const found = (await activities.findProjects({ ...held, name })).filter((id) => id !== claimed.keep);
    for (const projectId of found) await activities.deleteProject({ ...held, projectId });
    return found.length === 0;
  });
  if (deleted) await activities.settleProject({ ...held, name });
}

async function seeToBranch(
  activities: Activities,
  held: TenantInput,
  { name, projectId, branchId }: DueBranch,
): Promise<void> {
  const copy = { name, ...(branchId === undefined ? {} : { branchId }) };
  const deleted = await untilGone(
    activities,
    async () => !(await deleteOnce(activities, { ...held, projectId }, copy)),
  );
  if (deleted) await activities.forgetBranch({ ...held, ...copy, why: 'expired' });
}

async function seeToKept(activities: Activities, held: TenantInput, due: DueKept): Promise<void> {
  const { kind, name, neonId, projectId } = due;
  const become = await untilKnown(activities, () => deleteKept(activities, { ...held, projectId }, due));
  if (become === 'needed') await activities.keepLonger({ ...held, kind, name });
  if (become === 'gone') await activities.forgetKept({ ...held, kind, name, neonId, why: 'expired' });
}

async function seeTo(activities: Activities, held: TenantInput, intended: DueIntended): Promise<void> {
  const { kind, name, projectId } = intended;
  const become = await untilKnown(activities, () =>
    seeToIntended(activities, { ...held, projectId }, intended),
  );
  if (become === undefined) return;
  await activities.settleIntended({ ...held, kind, name, ...(become === 'nothing' ? {} : become) });
}

/**
 * Deletes what it finds, and looks again until there is nothing; only a few times, because the next sweep
 * continues.
 */
async function untilGone(activities: Activities, look: () => Promise<boolean>): Promise<boolean> {
  return (await untilKnown(activities, async () => ((await look()) ? true : undefined))) ?? false;
}

async function untilKnown<T>(
  { timings }: Activities,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let times = 0; times < looks; times += 1) {
    if (times > 0) await sleep(timings.operationPoll * 2 ** times);
    const known = await look();
    if (known !== undefined) return known;
  }
  return undefined;
}

/** Nobody waits for it: what it could not delete is due in the next sweep. */
async function prune(activities: Activities, fleet: string): Promise<Pruned | undefined> {
  try {
    return await activities.prune({ fleet });
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error;
    log.warn('old records of the catalog were not deleted', { fleet, ...reasonOf(error) });
    return undefined;
  }
}

/** Begins a run of a rollout whose own run was terminated, or whose sleeping tenants are due to be woken. */
async function goOnWith(fleet: string, id: string): Promise<void> {
  await startUnlessThere(() =>
    startChild('rollout', {
      workflowId: rolloutWorkflowId(fleet, id),
      args: [{ fleet, rollout: id }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
    }),
  );
}
