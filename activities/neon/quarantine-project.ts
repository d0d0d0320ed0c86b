import { cancellationSignal } from '@temporalio/activity';
import type { Quarantined } from '../../catalog/quarantine.js';
import {
  deleteProject,
  findProject,
  type NeonProjectDetails,
  recoverProject,
  updateProject,
} from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import type { ProjectInput } from '../tenant-input.js';
import { differenceOf } from './foreign-project.js';
import { wholeQuota } from './project-request.js';
import { isLowered, nothingLeft } from './set-quota.js';

/*
 * A project that no tenant has. Each step looks before it acts, and proves that the project is still the one that was taken into
 * quarantine and that no tenant has it by now: two calls.
 */

/** Keeps its quota on record, and leaves it none. Returns the operations to wait for. */
export function shutQuarantined(dependencies: Dependencies) {
  return async ({ projectId }: ProjectInput): Promise<string[]> => {
    const { neon, catalog } = dependencies;
    const held = await catalog.quarantine.get(projectId);
    if (held?.state !== 'quarantined') throw notAnyMore(projectId);
    const project = await findIt(dependencies, held);
    if (project === undefined) return [];
    const quota = quotaOf(project);
    if (!isLowered(quota)) await catalog.quarantine.keepQuota(projectId, quota);
    return updateProject(
      neon,
      projectId,
      { settings: { quota: { ...quota, ...nothingLeft } } },
      cancellationSignal(),
    );
  };
}

/** Deletes it, where its time is up and it has been shut since. Neon can recover it for seven days. */
export function deleteQuarantined(dependencies: Dependencies) {
  return async ({ projectId }: ProjectInput): Promise<void> => {
    const { neon, catalog } = dependencies;
    const held = await catalog.quarantine.get(projectId);
    if (held?.state === 'deleted') return;
    if (held === undefined || !mayGo(held)) throw notAnyMore(projectId);
    const project = await findIt(dependencies, held);
    if (project !== undefined) {
      if (!isLowered(quotaOf(project))) throw notAnyMore(projectId);
      if (!(await catalog.quarantine.beginDeletion(projectId))) throw notAnyMore(projectId);
      await deleteProject(neon, projectId, cancellationSignal());
    }
    await catalog.quarantine.noteDeleted(projectId);
  };
}

function mayGo({ state, shutAt, isDue }: Quarantined): boolean {
  return (state === 'quarantined' || state === 'deleting') && shutAt !== undefined && isDue;
}

/** Gives it back what it had, recovered first where it was deleted. Returns the operations to wait for. */
export function releaseQuarantined({ neon, catalog }: Dependencies) {
  return async ({ projectId, tenant }: ProjectInput): Promise<string[]> => {
    const held = await catalog.quarantine.get(projectId);
    if (held === undefined || held.state === 'released') return [];
    await catalog.quarantine.askRelease(tenant.fleet, projectId);
    const { state } = (await catalog.quarantine.get(projectId)) ?? held;
    if (state === 'deleting')
      throw failure(
        'NeonOperationPending',
        `project ${projectId} is being deleted, and is recovered after that`,
      );
    let project = await findProject(neon, projectId, cancellationSignal());
    if (project === undefined && (held.deletingAt ?? held.deletedAt) !== undefined) {
      await recoverProject(neon, projectId, cancellationSignal());
      project = await findProject(neon, projectId, cancellationSignal());
    }
    if (project === undefined) {
      await catalog.quarantine.forget(projectId);
      return [];
    }
    // What a tenant has, its own operations see to.
    const isFree = !(await catalog.quarantine.isOnRecord(projectId));
    const { keptQuota: quota } = held;
    const started =
      isFree && quota !== undefined && isLowered(quotaOf(project))
        ? await updateProject(neon, projectId, { settings: { quota } }, cancellationSignal())
        : [];
    await catalog.quarantine.noteReleased(projectId);
    return started;
  };
}

/** The project, if it is still the one that was taken in. Throws `ForeignProject`, `TenantStateConflict`. */
async function findIt(
  { neon, catalog }: Pick<Dependencies, 'neon' | 'catalog'>,
  { neonId, name }: Quarantined,
): Promise<NeonProjectDetails | undefined> {
  if (await catalog.quarantine.isOnRecord(neonId)) throw notAnyMore(neonId);
  const project = await findProject(neon, neonId, cancellationSignal());
  if (project === undefined) return undefined;
  const difference = differenceOf(project, { name, region: undefined }, neon);
  if (difference === undefined) return project;
  throw failure('ForeignProject', `project ${neonId} ${difference}, so it was not touched`, {
    details: { projectId: neonId },
  });
}

function quotaOf({ settings }: NeonProjectDetails) {
  return { ...wholeQuota({}), ...settings?.quota };
}

function notAnyMore(projectId: string) {
  const message = `project ${projectId} is not one that is to go any more, so it was not touched`;
  return failure('TenantStateConflict', message, { details: { projectId } });
}
