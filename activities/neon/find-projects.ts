import { cancellationSignal } from '@temporalio/activity';
import type { Dependencies } from '../dependencies.js';
import { type TenantInput, type Timed, timingsOf } from '../tenant-input.js';
import { lookForProjects } from './look-for-project.js';

/** One of the tenant's projects, by its name at Neon. */
export interface NamedProject extends TenantInput {
  readonly name: string;
}

/**
 * The ids of all projects at Neon that may be the recorded one: by its exact name, and by its recorded id.
 */
export function findProjects({ neon, catalog }: Dependencies) {
  return async (step: NamedProject & Timed<'createGrace' | 'operationPoll'>): Promise<string[]> => {
    const project = await catalog.projects.get(step.name);
    if (project === undefined) return [];
    // An adopted project's name is not ours: other projects may have the same one.
    const found = project.adopted
      ? []
      : await lookForProjects(neon, project, timingsOf(step), cancellationSignal());
    const ids = new Set(found.map(({ id }) => id));
    // A search by name does not find a project that somebody renamed at Neon.
    if (project.neonId !== undefined) ids.add(project.neonId);
    return [...ids];
  };
}
