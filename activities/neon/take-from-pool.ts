import { cancellationSignal, log } from '@temporalio/activity';
import type { Project } from '../../catalog/projects.js';
import type { Writer } from '../../catalog/tenant.js';
import { isNeonError } from '../../neon/neon-error.js';
import { findProject, renameProject } from '../../neon/projects.js';
import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { wantedPool } from '../wanted-pools.js';
import type { ProjectJustCreated } from './create-once.js';
import { differenceOf } from './foreign-project.js';

/**
 * Takes a project of the plan's pool for a tenant, and gives it the tenant's name at Neon. Returns `undefined`, without a
 * call, if the plan has no pool, no project of it fits, or the tenant's own project has been asked for before.
 *
 * An attempt makes two calls, as a delete does: the look proves right before the rename that the project is still the
 * pool's. In a catalog that was restored, one that a tenant has taken since would be there to take again.
 */
export async function takeFromPool(
  { neon, catalog, fleet }: Dependencies,
  writer: Writer,
  { plan, known }: { readonly plan: string; readonly known: Project },
): Promise<ProjectJustCreated | undefined> {
  // An earlier attempt has claimed it, and may have been cut off before the rename.
  const claimed = known.poolName === undefined ? await claim({ catalog, fleet }, writer, plan, known) : known;
  const projectId = claimed?.neonId;
  if (claimed === undefined || projectId === undefined) return undefined;
  const { name } = claimed;
  const taken = { projectId, name, ownerKnown: true, createdAgain: false };
  const leave = async (why: string) => {
    await catalog.pool.forgetClaimed(writer, name, projectId);
    log.warn(`project ${projectId} of the pool ${why}`);
    return failure('NeonCreateNotSeen', `project ${projectId} of the pool ${why}; taking another`, {
      retryAfterMs: 1,
    });
  };
  const project = await findProject(neon, projectId, cancellationSignal());
  if (project === undefined) throw await leave('is gone at Neon');
  const difference = differenceOf(project, claimed, neon);
  if (difference !== undefined) throw await leave(`${difference}, so it is left alone`);
  const started =
    project.name === name
      ? []
      : await renameProject(neon, projectId, name, cancellationSignal()).catch(async (error: unknown) => {
          throw isNeonError(error, 'NeonNotFound') ? await leave('is gone at Neon') : error;
        });
  return { ...taken, started, operationIds: started.map(({ id }) => id) };
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
