import {
  CancellationScope,
  CancelledFailure,
  isCancellation,
  sleep,
  TemporalFailure,
} from '@temporalio/workflow';
import type { ProjectInput } from '../activities/tenant-input.js';
import { nextAppRoleName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Activities } from './frame/activities.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { endingWith, reasonOf } from './frame/failure-reason.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { liveBranch } from './parts/live-branch.js';
import { resetOwner } from './parts/owner-login.js';
import { orFromOutside, putToSleep } from './parts/shut-out.js';

export interface RotateCredentialsInput extends OperationInput {
  /** Whether to reset the owner's password too. */
  readonly owner: boolean;
  /** No overlap: the old login was leaked, and is closed before this ends. @default false */
  readonly now?: boolean;
}

export interface RotatedCredentials {
  readonly id: TenantId;
  readonly state: 'ready';
  /** The login for applications from now on. */
  readonly role: string;
  /** The login that no longer works. */
  readonly retired: string;
  readonly ownerReset: boolean;
  /** A cancellation ended the overlap early, and the old login with it. */
  readonly overlapCutShort: boolean;
  readonly seconds: number;
}

type StepName =
  | 'reset owner password'
  | 'reach database'
  | 'close old login'
  | 'create login'
  | 'verify login'
  | 'publish'
  | 'overlap'
  | 'retire old login'
  | 'check for unknown logins';

/**
 * Gives the tenant's application a new login and password, and at every moment one of the two logins works.
 * Until the new login is published, a failure or a cancellation leaves the old one unchanged; after that the
 * rotation can only go forward.
 */
export function rotateCredentials(input: RotateCredentialsInput): Promise<RotatedCredentials> {
  const { id } = input.tenant;
  const { owner, now = false } = input;
  return tenantOperation<StepName, RotatedCredentials>(input, {
    operation: 'rotateCredentials',
    asked: { owner, now },
    names: [
      ...(owner ? (['reset owner password'] as const) : []),
      'reach database',
      ...(now ? (['close old login'] as const) : []),
      'create login',
      'verify login',
      'publish',
      ...(now ? [] : (['overlap'] as const)),
      'retire old login',
      'check for unknown logins',
    ],
    async run({ activities, step, undo, held, project, begun }) {
      const old = begun.appRole;
      const role = nextAppRoleName(id, old);
      if (owner) {
        // First, while nothing else depends on it: a failure here costs nobody a login.
        await step('reset owner password', async () => {
          const { id: branchId } = await liveBranch(activities, project);
          // A reset with an unknown outcome may come into force with Neon's next change; only another reset
          // settles it.
          undo.register('give the owner a password that works', () =>
            resetOwner(activities, project, branchId),
          );
          await resetOwner(activities, project, branchId);
          undo.commit();
        });
      }
      await step('reach database', () => reachDatabase(activities, project));
      if (now) {
        undo.touch();
        // First of all: a session of the old login could keep locks that creating a new login needs.
        await step('close old login', () =>
          orFromOutside(activities, project, () => activities.closeLogin(project)),
        );
      }
      undo.touch();
      await step('create login', () => activities.createNextLogin({ ...held, role }));
      await step('verify login', () => activities.verifyAppRole({ ...held, kind: 'next' }));
      if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled in time');
      await CancellationScope.nonCancellable(() =>
        step('publish', () => activities.publishLogin({ ...held, role })),
      );
      undo.commit();
      const overlapMs = activities.timings.rotationOverlap;
      const until = new Date(Date.now() + overlapMs).toISOString();
      const why = 'the old login works beside the new one';
      const overlapCutShort = !now && (await step('overlap', () => cutShort(overlapMs), { until, why }));
      return CancellationScope.nonCancellable(async () => {
        const retire = () => activities.retireLogin({ ...project, role: old });
        await step('retire old login', () => orFromOutside(activities, project, retire)).catch(
          (error: unknown) => {
            throw stillOpen(error, role, old);
          },
        );
        await step('check for unknown logins', () => activities.verifyLogins(project)).catch(
          (error: unknown) => {
            throw rotatedBut(error, role, old);
          },
        );
        const rotated = { role, retired: old, ownerReset: owner, overlapCutShort };
        return {
          result: { id, state: 'ready', ...rotated, seconds: secondsSoFar() },
          change: { restricted: true },
        };
      });
    },
  });
}

staysOnItsBuild(rotateCredentials);

/**
 * A tenant that holds all connections keeps the owner out as well; suspending the compute at Neon ends them
 * from outside.
 */
async function reachDatabase(activities: Activities, project: ProjectInput): Promise<void> {
  try {
    await activities.probeBriefly(project);
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    await putToSleep(activities, project);
    await activities.probeDatabase(project);
  }
}

/**
 * Waits; a cancellation ends the wait, because it comes too late to undo anything. Returns whether one did.
 */
async function cutShort(overlap: number): Promise<boolean> {
  try {
    await sleep(overlap);
    return false;
  } catch (error) {
    if (isCancellation(error)) return true;
    throw error;
  }
}

/** The rotation itself is done by then, and the reader of the failure must know which login is which. */
function stillOpen(error: unknown, role: string, old: string): unknown {
  if (!(error instanceof TemporalFailure)) return error;
  const reason = reasonOf(error);
  const message = `"${role}" is published and works, but "${old}" could not be closed and still works too, so rotate again: ${reason.message}`;
  return endingWith({ ...reason, message });
}

function rotatedBut(error: unknown, role: string, old: string): unknown {
  if (!(error instanceof TemporalFailure)) return error;
  const reason = reasonOf(error);
  return endingWith({
    ...reason,
    message: `"${role}" is published and "${old}" is closed, but ${reason.message}`,
  });
}
