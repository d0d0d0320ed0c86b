import { workflowInfo } from '@temporalio/workflow';
import type { RestoreSource } from '../activities/neon/find-restore-source.js';
import type { ProjectInput } from '../activities/tenant-input.js';
import { keptStateName, restoredBranchName } from '../tenancy/naming.js';
import { type RestorePoint, restorePointIn } from '../tenancy/restore-point.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Activities } from './frame/activities.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { endingWith } from './frame/failure-reason.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { type BeforeRestore, bringBack } from './parts/bring-back.js';
import { liveBranch } from './parts/live-branch.js';
import { renewLogins } from './parts/renew-logins.js';
import { waitForAll } from './parts/wait-for-neon.js';

export interface RestoreInput extends OperationInput {
  readonly to: RestorePoint;
}

export interface RestoredTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  readonly restoredTo: RestorePoint;
  /** The name of the state before the restore: a restore with this name goes back to it. */
  readonly keptState: string;
  /** The newest migration that the restored database has; absent if it has none. */
  readonly schemaVersion?: string;
  readonly seconds: number;
}

/** How far back a point in time can be, in seconds: read from Neon, because a plan need not set it. */
async function historyKept(
  activities: Activities,
  project: ProjectInput,
  to: RestorePoint,
): Promise<{ keptSeconds?: number }> {
  if (!('time' in to)) return {};
  const { historyRetentionSeconds: keptSeconds } = (await activities.readProjectSettings(project)).settings;
  return keptSeconds === undefined ? {} : { keptSeconds };
}

/**
 * Restores a tenant's database to a snapshot, a point in time or a kept state; the connection string stays
 * the same. Neon keeps the state before, so that another restore can undo this one.
 */
export function restoreTenant(input: RestoreInput): Promise<RestoredTenant> {
  const { to } = input;
  const { id } = input.tenant;
  const { runId } = workflowInfo();
  const keptState = keptStateName(runId);
  return tenantOperation(input, {
    operation: 'restore',
    names: [
      'find the restore point',
      'restore',
      'keep the previous state',
      'renew the logins',
      'verify role',
      'read the ledger',
    ],
    asked: { to: restorePointIn(to) },
    async run({ activities, step, undo, project }) {
      const { source, live } = await step('find the restore point', async () => ({
        source: await activities.findRestoreSource({
          ...project,
          to,
          ...(await historyKept(activities, project, to)),
        }),
        live: await liveBranch(activities, project),
      }));
      const before = { liveId: live.id, keptName: keptState, restoredName: restoredBranchName(runId) };
      undo.register('bring back the state before', () => bringBack(activities, project, before));
      await step('restore', async () => {
        const restoring = { before: restorePointIn(to), restoring: before };
        await activities.intendResource({
          ...project,
          kind: 'kept-state',
          name: keptState,
          detail: restoring,
        });
        await restore(activities, project, source, before);
      });
      const keptUntil = () => new Date(Date.now() + activities.timings.keptState).toISOString();
      await step('keep the previous state', async () => {
        const neonId = await stateBefore(activities, project, before);
        const detail = { before: restorePointIn(to) };
        await activities.noteResource({
          ...project,
          kind: 'kept-state',
          name: keptState,
          neonId,
          detail,
          expiresAt: keptUntil(),
        });
      });
      await step('renew the logins', () => renewLogins(activities, project));
      await step('verify role', async () => {
        await activities.verifyAppRole(project);
        await activities.verifyLogins(project);
      });
      // Migrations that are newer than the restored state are not applied again: one of them may be the
      // reason for the restore.
      const schemaVersion = await step('read the ledger', () => activities.readSchemaVersion(project));
      return {
        result: {
          id,
          state: 'ready',
          restoredTo: to,
          keptState,
          ...(schemaVersion === undefined ? {} : { schemaVersion }),
          seconds: secondsSoFar(),
        },
        change: { schemaVersion: schemaVersion ?? null, restricted: true },
      };
    },
  });
}

staysOnItsBuild(restoreTenant);

async function restore(
  activities: Activities,
  project: ProjectInput,
  source: RestoreSource,
  { liveId: branchId, keptName: keepAs, restoredName }: BeforeRestore,
): Promise<void> {
  if (source.kind === 'snapshot') {
    const { snapshotId } = source;
    const asked = { ...project, snapshotId, branchId, name: restoredName };
    await waitForAll(activities, project, await activities.restoreSnapshot(asked));
    return;
  }
  const from =
    source.kind === 'time'
      ? { sourceBranchId: branchId, time: source.time }
      : { sourceBranchId: source.branchId };
  await waitForAll(
    activities,
    project,
    await activities.restoreBranch({ ...project, branchId, ...from, keepAs }),
  );
}

/**
 * Returns the branch with the state before, under its name. Neon gives it that name itself or, if a restored
 * snapshot became the live branch, gives the former live branch another name, which is changed here.
 */
async function stateBefore(
  activities: Activities,
  project: ProjectInput,
  { liveId, keptName }: BeforeRestore,
): Promise<string> {
  const branches = await activities.findBranches(project);
  const named = branches.find(({ name }) => name === keptName);
  if (named !== undefined) return named.id;
  const replaced = branches.find(({ id, isDefault }) => id === liveId && !isDefault);
  if (replaced === undefined) {
    const message = 'Neon ended its work, and the live branch is what it was before';
    throw endingWith({ type: 'NeonOperationFailed', message });
  }
  const branchId = replaced.id;
  await waitForAll(
    activities,
    project,
    await activities.renameBranch({ ...project, branchId, name: keptName }),
  );
  return branchId;
}
