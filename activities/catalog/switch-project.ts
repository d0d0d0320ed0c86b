import { failure } from '../../tenancy/failures.js';
import type { Dependencies } from '../dependencies.js';
import { type ProjectInput, type TenantInput, type Timed, timingsOf, writerOf } from '../tenant-input.js';

/** The id of the project that the tenant was moved away from last. Throws `RequestUnfit` where none is kept any more. */
export function findFormerProject({ catalog }: Dependencies) {
  return async ({ tenant }: TenantInput): Promise<string> => {
    const former = (await catalog.projects.list(tenant)).filter(({ role }) => role === 'former');
    const last = former.sort((a, b) => Number(a.leftAt) - Number(b.leftAt)).at(-1);
    if (last?.neonId !== undefined) return last.neonId;
    throw failure('RequestUnfit', 'no former project of the tenant is kept, so there is no move to undo');
  };
}

/**
 * Makes another project the tenant's live one. Returns until when, in ISO 8601, the one that was left is kept. Throws
 * `RequestUnfit` where the other one went meanwhile.
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
