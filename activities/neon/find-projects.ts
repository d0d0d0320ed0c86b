import { cancellationSignal } from '@temporalio/activity';
import type { Dependencies } from '../dependencies.js';
import { type TenantInput, type Timed, timingsOf } from '../tenant-input.js';
import { lookForProjects } from './look-for-project.js';

/** One of the tenant's projects, by its name at Neon. */
export interface NamedProject extends TenantInput {
  readonly name: string;
}

/**
 * The ids of all projects at Neon that may be the recorded one: by its exact name, and by its recorded id. One
 * that came from the pool may still have its name from there, so that makes two calls.
 */
export function findProjects({ neon, catalog }: Dependencies) {
  return async (step: NamedProject & Timed<'createGrace' | 'operationPoll'>): Promise<string[]> => {
    const project = await catalog.projects.get(step.name);
    if (project === undefined) return [];
    // An adopted project's name is not ours: other projects may have the same one.
    const names = project.adopted
      ? []
      : [project.name, project.poolName].filter((name) => name !== undefined);
    const ids = new Set<string>();
    for (const name of names) {
      const asked = { name, createAgeMs: project.createAgeMs };
      const found = await lookForProjects(neon, asked, timingsOf(step), cancellationSignal());
      for (const { id } of found) ids.add(id);
    }
    // A search by name does not find a project that somebody renamed at Neon.
    if (project.neonId !== undefined) ids.add(project.neonId);
    return [...ids];
  };
}
