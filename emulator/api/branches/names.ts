import { conflict } from '../../errors.js';
import type { Neon } from '../../neon.js';
import type { Project } from '../../state/records.js';

/** Unlike projects, branches have names of their own: one of each in a project. */
export function refuseTakenName(project: Project, name: string, { store }: Neon): void {
  if (store.of.branch.in(project.id).some((branch) => branch.name === name))
    throw conflict(`branch already exists; branch_name:"${name}"`);
}

/** A name of our own choice, with a number when it is taken. */
export function freeName(wanted: string, projectId: string, { store }: Neon): string {
  const taken = new Set(store.of.branch.in(projectId).map(({ name }) => name));
  let name = wanted;
  for (let number = 2; taken.has(name); number++) name = `${wanted} ${number}`;
  return name;
}
