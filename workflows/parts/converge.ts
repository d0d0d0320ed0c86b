import type { ProjectInput } from '../../activities/tenant-input.js';
import type { Activities } from '../frame/activities.js';
import { endingWith } from '../frame/failure-reason.js';
import { reachCompute } from './live-compute.js';
import { reachAsOwner } from './owner-login.js';
import { pastTheQuota } from './past-the-quota.js';
import { mendSettings } from './plan-settings.js';
import { attempted, putToSleep, restoreQuota, seeShutOut, shutOut } from './shut-out.js';

/** The state that the catalog wants a tenant in. */
export interface Wanted {
  readonly state: 'ready' | 'suspended';
  /** Whether all Neon settings of the plan are applied too. If not, manual changes at Neon stay. */
  readonly asPlanned: boolean;
  /**
   * Whether a project that somebody deleted at Neon is recovered. If not, a deleted project is a final
   * failure.
   */
  readonly recover: boolean;
  /** Neon may still apply an earlier change of the quota, so the quota is checked again later. */
  readonly quotaInDoubt: boolean;
}

/**
 * Brings a tenant into the state that the catalog wants, whatever has happened: compares step by step,
 * repairs differences, and verifies the result. It does not need to know the cause of a difference, and each
 * step can be repeated. Returns a sentence for each repair.
 */
export async function converge(
  activities: Activities,
  project: ProjectInput,
  wanted: Wanted,
): Promise<string[]> {
  const make = () => (wanted.state === 'ready' ? letIn : keepOut)(activities, project, wanted);
  if (!wanted.quotaInDoubt) return make();
  const mended: string[] = [];
  const first = 'Neon may have changed the quota meanwhile, so the tenant is looked at again';
  const made = await attempted(first, async () => mended.push(...(await make())));
  // A call whose answer was lost may still be running inside Neon for this long.
  await activities.pause(
    activities.timings.createGrace,
    'a call whose answer was lost may still change the quota at Neon',
  );
  await activities.awaitIdle(project);
  const isSo = (await isLowered(activities, project)) === (wanted.state === 'suspended');
  if (!made || !isSo) mended.push(...(await make()));
  return mended;
}

async function letIn(
  activities: Activities,
  project: ProjectInput,
  { asPlanned, recover }: Wanted,
): Promise<string[]> {
  const mended: string[] = [];
  await activities.awaitIdle(project);
  if (await isLowered(activities, project, recover ? mended : undefined)) {
    await restoreQuota(activities, project);
    mended.push('the quota was lowered, so that nobody could wake the compute');
  }
  mended.push(...(await reachCompute(activities, project)));
  const owner = await reachAsOwner(activities, project);
  mended.push(...owner.mended);
  const open = async () => mended.push(...(await openLogins(activities, project)));
  const pastIt = async () => {
    await reachAsOwner(activities, project);
    await open();
  };
  // An exhausted quota is legitimate, but we must know whether the login is open.
  await (owner.overQuota ? pastTheQuota(activities, project, pastIt) : open());
  if (asPlanned) mended.push(...(await mendSettings(activities, project)));
  return mended;
}

async function keepOut(
  activities: Activities,
  project: ProjectInput,
  { recover }: Wanted,
): Promise<string[]> {
  const mended: string[] = [];
  await activities.awaitIdle(project);
  if (!(await isLowered(activities, project, recover ? mended : undefined))) {
    await shutOut(activities, project);
    return [...mended, 'the quota was not lowered, so that the compute could be woken'];
  }
  await putToSleep(activities, project);
  await seeShutOut(activities, project);
  return mended;
}

/** Makes the published login, and no other, usable: with its sealed password and the right to write. */
async function openLogins(activities: Activities, project: ProjectInput): Promise<string[]> {
  const found = await activities.checkLogins(project);
  if (found.length === 0) return [];
  await activities.mendLogins(project);
  return found;
}

/**
 * @param recovering Collects a sentence if a project that somebody had deleted was recovered. @default such a
 * project is not recovered
 */
async function isLowered(
  activities: Activities,
  project: ProjectInput,
  recovering?: string[],
): Promise<boolean> {
  let seen = await activities.lookAtQuota(project);
  if (seen === 'gone' && recovering !== undefined && (await activities.recoverProject(project))) {
    recovering.push(`project ${project.projectId} was deleted at Neon: it was recovered`);
    seen = await activities.lookAtQuota(project);
  }
  if (seen !== 'gone') return seen === 'lowered';
  const message = `Neon has no project ${project.projectId} any more; what is left is to offboard the tenant, or to recover the project at Neon`;
  throw endingWith({ type: 'NeonNotFound', message });
}
