import { workflowInfo } from '@temporalio/workflow';
import { snapshotName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { endingWith } from './frame/failure-reason.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { day, expiresAfter } from './parts/expires-after.js';
import { liveBranch } from './parts/live-branch.js';
import { waitForAll } from './parts/wait-for-neon.js';

export interface SnapshotInput extends OperationInput {
  /** Lower-case letters, digits and hyphens. @default one derived from the run */
  readonly name?: string;
  /** How long the snapshot is kept, in milliseconds. @default until it is deleted */
  readonly ttlMs?: number;
  /** The application's own label, such as the commit that it ran: kept with the snapshot. */
  readonly label?: string;
  /** Whether the tenant's plan asked for the snapshot. @default false */
  readonly isBackup?: boolean;
}

export interface SnapshottedTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  /** The snapshot's name, for a restore. */
  readonly snapshot: string;
  /** ISO 8601; absent if the snapshot is kept until it is deleted. */
  readonly expiresAt?: string;
  readonly seconds: number;
}

const longestTtl = 3_650 * day;

/**
 * Takes a snapshot of a tenant's live database, which can be restored by name. The database stays open
 * meanwhile.
 */
export function snapshotTenant(input: SnapshotInput): Promise<SnapshottedTenant> {
  const { name = snapshotName(workflowInfo().runId), ttlMs, label, isBackup = false } = input;
  const { id } = input.tenant;
  const named = { kind: 'snapshot', name } as const;
  return tenantOperation(input, {
    operation: 'snapshot',
    names: ['check the name', 'take the snapshot', 'record it'],
    asked: {
      name,
      ...(ttlMs === undefined ? {} : { ttlMs }),
      ...(label === undefined ? {} : { label }),
      ...(isBackup ? { isBackup } : {}),
    },
    async run({ activities, step, undo, project }) {
      const until = await step('check the name', async () => {
        await activities.checkName({ ...project, ...named });
        // Neon does not enforce unique names, and an existing snapshot must not be taken for ours.
        const taken = await activities.findSnapshots({ ...project, name });
        if (taken.length > 0) {
          const message = `Neon has a snapshot "${name}" of the project already; give another name`;
          throw endingWith({ type: 'RequestUnfit', message });
        }
        return ttlMs === undefined ? {} : { expiresAt: expiresAfter(ttlMs, longestTtl) };
      });
      undo.register('delete the snapshot', async () => {
        await activities.awaitIdle(project);
        for (const snapshotId of await activities.findSnapshots({ ...project, name }))
          await waitForAll(activities, project, await activities.deleteSnapshot({ ...project, snapshotId }));
        await activities.forgetResource({ ...project, ...named });
      });
      const neonId = await step('take the snapshot', async () => {
        const { id: branchId } = await liveBranch(activities, project);
        await activities.intendResource({ ...project, ...named });
        const taken = await activities.takeSnapshot({ ...project, branchId, name, ...until });
        await waitForAll(activities, project, taken.operationIds);
        return taken.snapshotId;
      });
      await step('record it', () =>
        activities.noteSnapshot({
          ...project,
          ...{ name, neonId, isBackup },
          ...until,
          ...(label === undefined ? {} : { label }),
        }),
      );
      return { result: { id, state: 'ready', snapshot: name, ...until, seconds: secondsSoFar() } };
    },
  });
}

staysOnItsBuild(snapshotTenant);
