import { conflict } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Project } from '../../state/records.js';

/** Unlike projects, branches have names of their own: one of each in a project. */
export function refuseTakenName(project: Project, name: string, { store }: Neon): void {
  if (store.of.branch.in(project.id).some((branch) => branch.name === name))
    throw conflict(`branch already exists; branch_name:"${name}"`);
}
