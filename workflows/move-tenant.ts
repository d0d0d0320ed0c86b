import { CancellationScope } from '@temporalio/workflow';
import type { ClosedWrites } from '../activities/database/close-writes.js';
import type { TenantId } from '../tenancy/tenant-id.js';
import { staysOnItsBuild } from './frame/build-moves.js';
import { type OperationInput, secondsSoFar, tenantOperation } from './frame/tenant-operation.js';
import { leaveProject } from './parts/leave-project.js';
import { removeNamed, removeProjects } from './parts/remove-projects.js';

export interface MoveInput extends OperationInput {
  /** Neon's id of the region. @default the region of the tenant's plan */
  readonly region?: string;
  /** Roles that are not copied to the new project. */
  readonly leaveBehind?: readonly string[];
}

export interface MovedTenant {
  readonly id: TenantId;
  readonly state: 'ready';
  /** The tenant's project from now on. */
  readonly projectId: string;
  readonly formerProjectId: string;
  /** ISO 8601: until then the former project is kept, and the move can be undone. */
  readonly undoableUntil: string;
  /** Whether the tenant's own role could read while it could not write, or could not log in. */
  readonly meanwhile: ClosedWrites;
  /** How long the tenant could not write. */
  readonly gapSeconds: number;
  readonly seconds: number;
}

/**
 * Moves a tenant's database into a new project: in another region, or with the project settings that its plan
 * has now.
 */
export function moveTenant(input: MoveInput): Promise<MovedTenant> {
  const { region, leaveBehind = [] } = input;
  const { id } = input.tenant;
  const where = region === undefined ? {} : { region };
  const left = leaveBehind.length === 0 ? undefined : { leftBehind: leaveBehind };
  return tenantOperation(input, {
    operation: 'move',
    asked: { ...where, ...left },
    names: [
      'create the next project',
      'reach database',
      'try the schema there',
      'close writes',
      'copy',
      'compare',
      'switch',
      'close the former project',
    ],
    async run({ activities, step, undo, held, project, asBefore }) {
      undo.register(
        'remove the next project',
        async () => void (await removeProjects(activities, held, ['next'])),
      );

      const copy = await step('create the next project', async () => {
        const created = await activities.createProject({ ...held, role: 'next', ...where });
        const { projectId, name, ownerKnown, createdAgain } = created;
        const next = { ...held, projectId, fromProjectId: project.projectId, ...left };
        if (!ownerKnown) await activities.fetchOwnerCredential(next);
        // A create whose answer was lost may have succeeded after all, in addition to the project that was
        // adopted or created again.
        if (createdAgain) await removeNamed(activities, held, name, projectId);
        return next;
      });
      await step('reach database', async () => {
        await activities.probeProject(copy);
        await activities.noteLogins(copy);
      });
      await step('try the schema there', () => activities.tryCopy({ ...copy, schemaOnly: true }));

      // It opens writes first, before the next project is deleted.
      undo.register('open writes', async () => void (await asBefore()));
      const closedAt = Date.now();
      const meanwhile = await step('close writes', async () => {
        const closed = await activities.closeWrites(project);
        await activities.verifyWritesRefused(project);
        return closed;
      });
      await step('copy', () => activities.copyDatabase(copy));
      await step('compare', async () => {
        await activities.compareDatabases(copy);
        await activities.finishCopy(copy);
        await activities.verifyWritesOpen(copy);
        await activities.verifyLogins(copy);
      });
      // From here on the move is completed, even after a cancellation.
      return CancellationScope.nonCancellable(async () => {
        const undoableUntil = await step('switch', () => activities.switchProject(copy));
        undo.commit();
        const gapSeconds = (Date.now() - closedAt) / 1000;
        await step('close the former project', () => leaveProject(activities, project));
        const result = {
          id,
          state: 'ready',
          projectId: copy.projectId,
          formerProjectId: project.projectId,
          undoableUntil,
          meanwhile,
          gapSeconds,
          seconds: secondsSoFar(),
        } as const;
        return { result, detail: { ...result, ...where }, change: { restricted: true } };
      });
    },
  });
}

staysOnItsBuild(moveTenant);
