import { cancellationSignal } from '@temporalio/activity';
import type { SideKind, SideProject } from '../catalog/side-projects.js';
import { connectionUri } from '../neon/connection-uri.js';
import { failure } from '../tenancy/failures.js';
import type { Dependencies } from './dependencies.js';
import { knownTenant } from './known-tenant.js';
import { lookForProjects } from './look-for-project.js';
import { type ProjectStep, type TenantStep, writerOf } from './tenant-step.js';

export interface NamedProject {
  readonly kind: SideKind;
  readonly name: string;
}

/** The ids of all projects at Neon that one of these may be: by its exact name, and on record. */
export function findSideProjects(dependencies: Dependencies) {
  return async ({ tenant, timings, kind, name }: TenantStep & NamedProject): Promise<string[]> => {
    const side = await dependencies.catalog.sideProjects.get(tenant, kind, name);
    if (side === undefined) return [];
    return idsOf(dependencies, side, { tenant, timings });
  };
}

export async function idsOf(
  { neon }: Dependencies,
  side: SideProject,
  { timings }: TenantStep,
): Promise<string[]> {
  // No create was ever sent. An adopted project's name is not ours: others may have the same.
  const found =
    side.createPosts === 0 ? [] : await lookForProjects(neon, side, timings, cancellationSignal());
  const ids = new Set(found.map(({ id }) => id));
  if (side.projectId !== undefined) ids.add(side.projectId);
  return [...ids];
}

/** The names of the projects that moves of the tenant have begun to make; those of runs before this one failed to end. */
export function listNextProjects({ catalog }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<string[]> =>
    (await catalog.sideProjects.list(tenant))
      .filter(({ kind }) => kind === 'next-project')
      .map(({ projectName }) => projectName);
}

/** Asks Neon for the owner's connection string in a project that is not the live one, and seals it. */
export function fetchSideCredential({ neon, catalog }: Dependencies) {
  return async ({ tenant, projectId }: ProjectStep): Promise<void> => {
    const { databaseName, ownerRole } = await knownTenant(catalog, tenant);
    const of = { projectId, database: databaseName, role: ownerRole };
    const owner = await connectionUri(neon, of, cancellationSignal());
    await catalog.secrets.put(tenant, `project:${projectId}`, owner);
  };
}

export interface FormerProject {
  readonly name: string;
  readonly projectId: string;
}

/** The project that the tenant was moved away from last. Throws `RequestUnfit` where none is kept any more. */
export function findFormerProject({ catalog }: Dependencies) {
  return async ({ tenant }: TenantStep): Promise<FormerProject> => {
    const last = (await catalog.sideProjects.list(tenant)).findLast(isThere);
    if (last?.projectId !== undefined) return { name: last.projectName, projectId: last.projectId };
    throw failure('RequestUnfit', 'no former project of the tenant is kept, so there is no move to undo');
  };
}

function isThere({ kind, projectId, retiring }: SideProject): boolean {
  return kind === 'former-project' && projectId !== undefined && !retiring;
}

/** Takes a former project out of reach of any move, to be deleted; false where it is not this keeper's any more. */
export function claimFormerProject({ catalog }: Dependencies) {
  return (step: TenantStep & { readonly name: string }): Promise<boolean> =>
    catalog.sideProjects.claim(step.tenant, step.name, writerOf(step).workflowId);
}

/** Forgets a project that is certainly gone, and its secret. Of a former one, the tenant's history tells. */
export function forgetSideProject({ catalog }: Dependencies) {
  return (step: TenantStep & NamedProject & { readonly retired?: string }): Promise<void> => {
    const { kind, name, retired } = step;
    const detail = retired === undefined ? undefined : { retiredProjectId: retired };
    return catalog.sideProjects.forget(writerOf(step), kind, name, detail);
  };
}

/** Makes another project the tenant's live one, and answers the name of the one that was left. Throws `RequestUnfit` where it was retired meanwhile. */
export function switchProject({ catalog }: Dependencies) {
  return async (
    step: ProjectStep & NamedProject & { readonly keeper: string /** ISO 8601 */; readonly retireAt: string },
  ): Promise<string> => {
    const { kind, name, projectId, keeper } = step;
    const to = { kind, projectName: name, projectId, keeper, retireAt: new Date(step.retireAt) };
    const left = await catalog.switchProject(writerOf(step), to);
    if (left !== undefined) return left;
    throw failure('RequestUnfit', `project ${projectId} is no longer there to switch to`);
  };
}
