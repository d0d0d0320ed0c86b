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
 * A project without a tenant. Each step looks before it acts, and proves that the project is still the
 * quarantined one and that no tenant has taken it since: two calls.
 */

/** Records the project's quota, and lowers it to nothing. Returns the operations to wait for. */
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

/**
 * Deletes the project if its quarantine period is over and it has been shut throughout. Neon can recover it
 * for seven days.
 */
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

/**
 * Restores the project's quota, and first recovers the project if it was deleted. Returns the operations to
 * wait for.
 */
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
    // If a tenant now has the project, that tenant's operations take care of it.
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

/** The project, if it is still the quarantined one. Throws `ForeignProject`, `TenantStateConflict`. */
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
