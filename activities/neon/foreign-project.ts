import type { Catalog } from '../../catalog/catalog.js';
import type { Project } from '../../catalog/projects.js';
import type { TenantKey } from '../../catalog/tenant.js';
import type { NeonClient } from '../../neon/neon-client.js';
import type { NeonProject } from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import { holderInWords } from '../../tenancy/project-holder.js';
import { redact } from '../../tenancy/redact.js';

/** The name and the region of one of the tenant's projects, and its name in the pool if it came from there. */
export type OwnProject = Pick<Project, 'name' | 'region' | 'poolName'>;

/** How a project at Neon differs from the expected one, as the rest of a sentence; nothing if it does not. */
export function differenceOf(
  project: NeonProject,
  { name, region, poolName }: OwnProject,
  { orgId }: NeonClient,
): string | undefined {
  // A rename whose answer was lost leaves either name.
  if (project.name !== name && project.name !== poolName)
    return `is "${redact(project.name, 80)}" at Neon, and not "${name}"`;
  if (region !== undefined && project.region_id !== region)
    return `is in ${project.region_id} at Neon, and not in ${region}`;
  if (orgId !== undefined && project.org_id != null && project.org_id !== orgId)
    return `belongs to ${project.org_id} at Neon, and not to ${orgId}`;
  return undefined;
}

/** Throws `ForeignProject` if the reply to a create or a search is not the requested project. */
export async function refuseUnasked(
  { neon, catalog }: { readonly neon: NeonClient; readonly catalog: Catalog },
  key: TenantKey,
  project: NeonProject,
  asked: OwnProject,
): Promise<void> {
  await refuseHeld(catalog, key, project.id);
  const difference = differenceOf(project, asked, neon);
  if (difference === undefined) return;
  throw foreign(
    project.id,
    `Neon answers a create with project ${project.id}, which ${difference}, as was asked; it was neither noted nor touched. What the create has made is looked for by its name`,
  );
}

/** Throws `ForeignProject` if the catalog says that a project belongs to another tenant. */
async function refuseHeld(catalog: Catalog, key: TenantKey, projectId: string): Promise<void> {
  const holder = (await catalog.projects.withId(projectId))?.tenant;
  if (holder === undefined || (holder.fleet === key.fleet && holder.id === key.id)) return;
  throw foreign(
    projectId,
    `Neon names project ${projectId} for this tenant, which is ${holderInWords(holder)}; it was not touched`,
  );
}

/**
 * Throws `ForeignProject` for a project that the catalog does not know as the tenant's, so that it is not
 * deleted.
 */
export async function refuseForeign(
  { neon, catalog }: { readonly neon: NeonClient; readonly catalog: Catalog },
  key: TenantKey,
  project: NeonProject,
): Promise<void> {
  await refuseHeld(catalog, key, project.id);
  let why = 'is none that the catalog has of the tenant';
  let cure = 'delete it there';
  for (const own of await ownProjects(catalog, key, project.id)) {
    const difference = differenceOf(project, own, neon);
    if (difference === undefined) return;
    why = `${difference}, as the catalog has it`;
    if (project.name !== own.name) cure = 'give it that name back at Neon, or delete it there';
  }
  throw foreign(
    project.id,
    `project ${project.id} ${why}, so it was not deleted; if it is the tenant's all the same, ${cure}, and try again`,
  );
}

/**
 * The projects that this one may be: the recorded one with that id, or else all that the tenant's creates may
 * have made.
 */
async function ownProjects(catalog: Catalog, key: TenantKey, projectId: string): Promise<OwnProject[]> {
  const all = await catalog.projects.list(key);
  const recorded = all.filter(({ neonId }) => neonId === projectId);
  // A project that counts as gone may turn up late.
  return recorded.length > 0 ? recorded : all.filter(({ adopted }) => !adopted);
}

function foreign(projectId: string, message: string) {
  return failure('ForeignProject', message, { details: { projectId } });
}
