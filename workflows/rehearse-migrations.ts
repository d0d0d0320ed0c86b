import { workflowInfo } from '@temporalio/workflow';
import type { FailureReason } from '../tenancy/failure-reason.js';
import { rehearsalName, supportBranchName } from '../tenancy/naming.js';
import type { RehearsedFile } from '../tenancy/rehearsal.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { deleteCopy } from './parts/delete-copy.js';
import { longestExpiry } from './parts/expires-after.js';
import { liveBranch } from './parts/live-branch.js';
import { waitForAll } from './parts/wait-for-neon.js';

export interface RehearseInput extends OperationInput {
  /** The newest migration to be rehearsed, without `.sql`. @default the newest that the worker has */
  readonly to?: string;
}

export interface RehearsedMigrations {
  readonly id: TenantId;
  readonly state: 'ready';
  /** The files that the tenant lacks, in order, before the first that could not be applied. */
  readonly files: readonly RehearsedFile[];
  /** Why the next file could not be applied. */
  readonly problem?: FailureReason;
  readonly seconds: number;
}

type StepName =
  | 'find what it lacks'
  | 'create the branch'
  | 'apply the files'
  | 'reset the branch'
  | 'apply them again'
  | 'delete the branch';

/**
 * Applies the migrations that a tenant lacks to a branch of its database, resets the branch, applies them
 * again, and returns how long each file took. It does not connect to the live database, and deletes the
 * branch whatever the outcome.
 */
export function rehearseMigrations(input: RehearseInput): Promise<RehearsedMigrations> {
  const { to } = input;
  const { id } = input.tenant;
  const name = rehearsalName(workflowInfo().runId);
  return tenantOperation<StepName, RehearsedMigrations>(input, {
    operation: 'rehearse',
    names: [
      'find what it lacks',
      'create the branch',
      'apply the files',
      'reset the branch',
      'apply them again',
      'delete the branch',
    ],
    asked: { ...(to === undefined ? {} : { to }) },
    async run({ activities, step, undo, held, project }) {
      const plan = await step('find what it lacks', () =>
        activities.planRehearsal({ ...held, ...(to === undefined ? {} : { to }) }),
      );
      if (plan.to === undefined || plan.pending === 0)
        return { result: { id, state: 'ready', files: [], seconds: secondsSoFar() } };
      const upTo = plan.to;
      undo.register('delete the branch', async () => {
        await activities.awaitIdle(project);
        await deleteCopy(activities, project, { name }, 'undone');
      });
      const live = await liveBranch(activities, project);
      const { branchId, host } = await step('create the branch', async () => {
        const { branchTtl, branchExpiryMargin, migrationsDeadline } = activities.timings;
        // A fallback: if nobody deletes the branch, Neon does, long after this run must have ended.
        const expiresMs = Math.min(branchTtl + 2 * migrationsDeadline + branchExpiryMargin, longestExpiry);
        const expiresAt = new Date(Date.now() + expiresMs).toISOString();
        await activities.intendResource({ ...project, kind: 'branch', name });
        const made = await activities.createBranch({ ...project, name: supportBranchName(name), expiresAt });
        await waitForAll(activities, project, made.operationIds);
        const { branchId } = made;
        return { branchId, host: await activities.findBranchHost({ ...project, branchId }) };
      });
      const apply = (round: number) => activities.rehearseMigrations({ ...held, host, to: upTo, round });
      const first = await step('apply the files', () => apply(1));
      let again: typeof first | undefined;
      if (first.problem === undefined) {
        await step('reset the branch', async () => {
          const reset = { ...project, branchId, sourceBranchId: live.id };
          await waitForAll(activities, project, await activities.resetBranch(reset));
        });
        again = await step('apply them again', () => apply(2));
      }
      await step('delete the branch', () => deleteCopy(activities, project, { name }, 'rehearsed'));
      const problem = first.problem ?? again?.problem;
      const timesAgain = new Map(again?.files.map((file) => [file.name, file.run.ms]));
      return {
        result: {
          id,
          state: 'ready',
          files: first.files.map((file) => {
            const againMs = timesAgain.get(file.name);
            return againMs === undefined ? file : { ...file, againMs };
          }),
          ...(problem === undefined ? {} : { problem }),
          seconds: secondsSoFar(),
        },
        detail: {
          files: first.files.map((file) => file.name),
          ...(problem === undefined ? {} : { problem }),
        },
      };
    },
  });
}

staysOnItsBuild(rehearseMigrations);
