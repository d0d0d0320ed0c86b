import { cancellationSignal } from '@temporalio/activity';
import type { Project } from '../../catalog/projects.js';
import type { Writer } from '../../catalog/tenant.js';
import { isNeonError } from '../../neon/neon-error.js';
import { renameProject } from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { wantedPool } from '../wanted-pools.js';
import type { ProjectCreated } from './create-once.js';

/**
 * Takes a project of the plan's pool for a tenant, and gives it the tenant's name at Neon: one call. Returns
 * `undefined`, without a call, if the plan has no pool, no project of it fits, or the tenant's own project has been
 * asked for before.
 */
export async function takeFromPool(
  { neon, catalog, fleet }: Dependencies,
  writer: Writer,
  { plan, known }: { readonly plan: string; readonly known: Project },
): Promise<ProjectCreated | undefined> {
  const { name } = known;
  // An earlier attempt has claimed it, and may have been cut off before the rename.
  const claimed = known.poolName === undefined ? await claim({ catalog, fleet }, writer, plan, known) : known;
  const projectId = claimed?.neonId;
  if (projectId === undefined) return undefined;
  try {
    const operationIds = await renameProject(neon, projectId, name, cancellationSignal());
    return { projectId, name, operationIds, ownerKnown: true, createdAgain: false };
  } catch (error) {
    if (!isNeonError(error, 'NeonNotFound')) throw error;
    await catalog.pool.forgetClaimed(writer, name, projectId);
    throw failure('NeonCreateNotSeen', `project ${projectId} of the pool is gone at Neon; taking another`, {
      retryAfterMs: 1,
    });
  }
}

async function claim(
  known: Pick<Dependencies, 'catalog' | 'fleet'>,
  writer: Writer,
  plan: string,
  { name, neonId, createPosts, inDoubt }: Project,
): Promise<Project | undefined> {
  if (neonId !== undefined || createPosts > 0 || inDoubt) return undefined;
  const wanted = await wantedPool(known, plan);
  return wanted && known.catalog.pool.claim(writer, name, wanted);
}
