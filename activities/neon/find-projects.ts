import { cancellationSignal } from '@temporalio/activity';
import type { Dependencies } from '../dependencies.js';
import { type TenantInput, type Timed, timingsOf } from '../tenant-input.js';
import { lookForProjects } from './look-for-project.js';

/** A project of the tenant's by its name at Neon. */
export interface NamedProject extends TenantInput {
  readonly name: string;
}

/** The ids of all projects at Neon that one on record may be: by its exact name, and by the id that is known. */
export function findProjects({ neon, catalog }: Dependencies) {
  return async (step: NamedProject & Timed<'createGrace' | 'operationPoll'>): Promise<string[]> => {
    const project = await catalog.projects.get(step.name);
    if (project === undefined) return [];
    // An adopted project's name is not ours: others may have the same.
    const found = project.adopted
      ? []
      : await lookForProjects(neon, project, timingsOf(step), cancellationSignal());
    const ids = new Set(found.map(({ id }) => id));
    // One that was renamed by hand at Neon is not found by its name.
    if (project.neonId !== undefined) ids.add(project.neonId);
    return [...ids];
  };
}
