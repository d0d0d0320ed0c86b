import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { type ProjectInput, type TenantInput, type Timed, timingsOf, writerOf } from '../tenant-input.js';

/**
 * The id of the project that the tenant last moved away from. Throws `RequestUnfit` if none is kept any more.
 */
export function findFormerProject({ catalog }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<string> => {
    const former = (await catalog.projects.list(tenant)).filter(({ role }) => role === 'former');
    const last = former.sort((a, b) => Number(a.leftAt) - Number(b.leftAt)).at(-1);
    if (last?.neonId !== undefined) return last.neonId;
    throw failure('RequestUnfit', 'no former project of the tenant is kept, so there is no move to undo');
  };
}

/**
 * Makes another project the tenant's live one. Returns when the retention of the project that the tenant
 * leaves ends, as ISO 8601. Throws `RequestUnfit` if the other project was deleted in the meantime.
 */
export function switchProject({ catalog }: Dependencies) {
  return async (input: ProjectInput & Timed<'moveGrace'>): Promise<string> => {
    const { projectId } = input;
    const { moveGrace: keepMs } = timingsOf(input);
    const left = await catalog.switchProject(writerOf(input), { projectId, keepMs });
    if (left !== undefined) return left.keptUntil.toISOString();
    throw failure('RequestUnfit', `project ${projectId} is no longer there to switch to`);
  };
}
