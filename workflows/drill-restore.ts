import { isCancellation, TemporalFailure, workflowInfo } from '@temporalio/workflow';
import type { SnapshotToProve } from '../activities/catalog/drills.js';
import type { ProjectInput } from '../activities/tenant-input.js';
import { type DrillEvidence, type RestoredContents, tellsOfTheSnapshot } from '../tenancy/drill-evidence.js';
import type { FailureReason } from '../tenancy/failure-reason.js';
import { drillName, supportBranchName } from '../tenancy/naming.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import type { Activities } from './frame/activities.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { endingWith, reasonOf } from './frame/failure-reason.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { deleteCopy } from './parts/delete-copy.js';
import { waitForAll } from './parts/wait-for-neon.js';

export interface DrillInput extends OperationInput {
  /** @default the newest one */
  readonly snapshot?: string;
}

export interface DrilledTenant extends DrillEvidence {
  readonly id: TenantId;
  readonly state: 'ready';
  readonly seconds: number;
}

/**
 * Restores a snapshot to a branch of its own, inspects the branch, records the evidence, and deletes the
 * branch. A broken snapshot is a result of the drill, not its failure. The drill does not connect to the live
 * database.
 */
export function drillRestore(input: DrillInput): Promise<DrilledTenant> {
  const { id } = input.tenant;
  const name = drillName(workflowInfo().runId);
  return tenantOperation(input, {
    operation: 'drill',
    names: ['find the snapshot', 'restore it to a branch', 'look into it', 'delete the branch'],
    asked: { ...(input.snapshot === undefined ? {} : { snapshot: input.snapshot }) },
    async run({ activities, step, undo, held, project }) {
      const snapshot = await step('find the snapshot', () =>
        activities.findSnapshotToProve({
          ...project,
          ...(input.snapshot === undefined ? {} : { name: input.snapshot }),
        }),
      );
      undo.register('delete the branch', async () => {
        await activities.awaitIdle(project);
        await deleteCopy(activities, project, { name }, 'undone');
      });
      const isMissing = async () => {
        if (await activities.hasSnapshot({ ...project, ...snapshot })) return false;
        const known = await activities.findSnapshotToProve({ ...project, name: snapshot.name });
        return known.snapshotId === snapshot.snapshotId;
      };
      const began = Date.now();
      const restored = await step('restore it to a branch', () =>
        orProblem(snapshot, isMissing, () => restore(activities, project, snapshot, name)),
      );
      const looked =
        'problem' in restored
          ? restored
          : await step('look into it', () =>
              orProblem(snapshot, isMissing, () =>
                activities.checkRestored({ ...project, branchId: restored.value, snapshot }),
              ),
            );
      const evidence = evidenceOf(snapshot, began, looked);
      await activities.noteDrill({ ...held, evidence });
      await step('delete the branch', () => deleteCopy(activities, project, { name }, 'drilled'));
      const { snapshot: drilled, problem } = evidence;
      return {
        result: { id, state: 'ready', ...evidence, seconds: secondsSoFar() },
        detail: { snapshot: drilled, ...(problem === undefined ? {} : { problem }) },
      };
    },
  });
}

staysOnItsBuild(drillRestore);

/** Creates a branch with the snapshot's data, and a compute to read it through. Returns the branch's id. */
async function restore(
  activities: Activities,
  project: ProjectInput,
  { snapshotId }: SnapshotToProve,
  name: string,
): Promise<string> {
  await activities.intendResource({ ...project, kind: 'branch', name });
  const asked = { ...project, snapshotId, name: supportBranchName(name) };
  const { branchId, operationIds } = await activities.restoreToBranch(asked);
  await waitForAll(activities, project, operationIds);
  // Neon may not create a compute for a branch whose restore is not finalized.
  const compute = await activities.makeCompute({ ...project, branchId });
  if (compute === 'over quota')
    throw endingWith({
      type: 'DatabaseOverQuota',
      message: "the tenant's quota is used up, so Neon makes no compute",
    });
  await waitForAll(activities, project, compute);
  return branchId;
}

type OrProblem<T> = { readonly value: T } | { readonly problem: FailureReason };

async function orProblem<T>(
  { name }: SnapshotToProve,
  isMissing: () => Promise<boolean>,
  work: () => Promise<T>,
): Promise<OrProblem<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof TemporalFailure) || isCancellation(error)) throw error;
    const reason = reasonOf(error);
    if (!tellsOfTheSnapshot(reason)) throw error;
    // Something other than the snapshot may be missing, or the snapshot was deleted or expired in the
    // meantime.
    if (reason.type === 'NeonNotFound' && !(await isMissing())) throw error;
    const message = `snapshot "${name}" is broken: ${reason.message}`;
    return { problem: { ...reason, type: 'SnapshotBroken', message } };
  }
}

function evidenceOf(
  { name, takenAt }: SnapshotToProve,
  began: number,
  looked: OrProblem<RestoredContents>,
): DrillEvidence {
  return {
    snapshot: name,
    takenAt,
    recoveryPointMs: began - Date.parse(takenAt),
    recoveryMs: Date.now() - began,
    ...('problem' in looked ? { problem: looked.problem } : { found: looked.value }),
  };
}
