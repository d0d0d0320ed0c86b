import { sleep } from '@temporalio/workflow';
import type { ProjectStep } from '../../activities/tenant-step.js';
import { endingWith } from '../frame/failure-reason.js';
import type { Steps } from '../frame/steps.js';
import { reachCompute } from './live-compute.js';
import { reachAsOwner } from './owner-login.js';
import { pastTheQuota } from './past-the-quota.js';
import { mendSettings } from './plan-settings.js';
import { attempted, putToSleep, restoreQuota, seeShutOut, shutOut } from './shut-out.js';

/** What a tenant should be, as the catalog says. */
export interface Wanted {
  readonly state: 'ready' | 'suspended';
  /** Also with all that its plan sets at Neon. Without it, what somebody has set there stays. */
  readonly asPlanned: boolean;
  /** Neon may yet apply a change of the quota that was asked for before this: it is looked at again later. */
  readonly quotaInDoubt: boolean;
}

/**
 * Makes a tenant what the catalog says that it is, whatever has come between: compares, step by step, repairs what differs, and
 * reads the end back. How it came to differ is of no matter, and each step can be repeated. Returns what it has mended, in a
 * sentence each.
 */
export async function converge(steps: Steps, project: ProjectStep, wanted: Wanted): Promise<string[]> {
  const make = () => (wanted.state === 'ready' ? letIn : keepOut)(steps, project, wanted);
  if (!wanted.quotaInDoubt) return make();
  const mended: string[] = [];
  const first = 'Neon may have changed the quota meanwhile, so the tenant is looked at again';
  const made = await attempted(first, async () => mended.push(...(await make())));
  // As long as a call whose answer was lost may still be at work behind Neon's edge.
  await sleep(steps.timings.createGrace);
  await steps.awaitIdle(project);
  const isSo = (await isLowered(steps, project)) === (wanted.state === 'suspended');
  if (!made || !isSo) mended.push(...(await make()));
  return mended;
}

async function letIn(steps: Steps, project: ProjectStep, { asPlanned }: Wanted): Promise<string[]> {
  const mended: string[] = [];
  await steps.awaitIdle(project);
  if (await isLowered(steps, project)) {
    await restoreQuota(steps, project);
    mended.push('the quota was lowered, so that nobody could wake the compute');
  }
  mended.push(...(await reachCompute(steps, project)));
  const owner = await reachAsOwner(steps, project);
  mended.push(...owner.mended);
  const open = async () => mended.push(...(await openLogins(steps, project)));
  const pastIt = async () => {
    await reachAsOwner(steps, project);
    await open();
  };
  // That it is used up is how it should be, but whether the login is open must be known.
  await (owner.overQuota ? pastTheQuota(steps, project, pastIt) : open());
  if (asPlanned) mended.push(...(await mendSettings(steps, project)));
  return mended;
}

async function keepOut(steps: Steps, project: ProjectStep): Promise<string[]> {
  await steps.awaitIdle(project);
  if (!(await isLowered(steps, project))) {
    await shutOut(steps, project);
    return ['the quota was not lowered, so that the compute could be woken'];
  }
  await putToSleep(steps, project);
  await seeShutOut(steps, project);
  return [];
}

/** The published login, and it alone, with its sealed password and free to write. */
async function openLogins(steps: Steps, project: ProjectStep): Promise<string[]> {
  const found = await steps.checkLogins(project);
  if (found.length === 0) return [];
  await steps.mendLogins(project);
  return found;
}

async function isLowered(steps: Steps, project: ProjectStep): Promise<boolean> {
  const seen = await steps.lookAtQuota(project);
  if (seen !== 'gone') return seen === 'lowered';
  const message = `Neon has no project ${project.projectId} any more; what is left is to offboard the tenant, or to recover the project at Neon`;
  throw endingWith({ type: 'NeonNotFound', message });
}
