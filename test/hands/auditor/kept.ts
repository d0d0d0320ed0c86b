import type { ProjectRecord } from '../../support/emulator.js';
import type { Rule, Scene } from './scene.js';
import { type KeptAtNeon, keptIn } from './witness.js';

/** What the product keeps beside a live database, by its own word for it; and what Neon has of that kind, by its name. */
const kinds = {
  branch: ({ branches }: ProjectRecord) =>
    branches.flatMap(({ name }) => (name.startsWith('support/') ? name.slice('support/'.length) : [])),
  'kept-state': ({ branches }: ProjectRecord) =>
    branches.map(({ name }) => name).filter((name) => name.startsWith('before-restore-')),
  snapshot: ({ snapshots }: ProjectRecord) => snapshots.map(({ name }) => name),
} as const;

export const whatIsKeptIsThere: Rule = ({ said, projects }) =>
  Object.entries(kinds).flatMap(([kind, namesIn]) =>
    said.resources.flatMap((resource) => {
      const project = projects.find(({ id }) => id === resource.projectId);
      if (resource.kind !== kind || (project && namesIn(project).includes(resource.name))) return [];
      return [`${kind} "${resource.name}" is told of, and project ${resource.projectId} does not have it`];
    }),
  );

export const whatIsThereIsKept: Rule = ({ said, projects }) =>
  projects.flatMap((project) =>
    Object.entries(kinds).flatMap(([kind, namesIn]) => {
      const told = said.resources.filter((one) => one.kind === kind && one.projectId === project.id);
      return namesIn(project)
        .filter((name) => !told.some((one) => one.name === name))
        .map((name) => `project ${project.id} has ${kind} "${name}", and nothing tells of it`);
    }),
  );

/** What a restore works with, until it has taken the live branch's place. */
export const nothingIsHalfRestored: Rule = ({ projects }) =>
  projects.flatMap(({ id, branches }) =>
    branches
      .filter(({ name }) => name.startsWith('restored-'))
      .map(({ name }) => `project ${id} has the remains of a restore, branch "${name}"`),
  );

/** The runs that delete what was asked for by its name. */
const removals: Readonly<Record<KeptAtNeon['kind'], string>> = {
  snapshot: 'removeSnapshot',
  branch: 'removeBranch',
};

/**
 * What stood at Neon when somebody last looked stands there still, whatever the catalog says of it: unless its project is gone, its time is
 * up, or a run that Temporal lists was asked to delete such a thing since.
 */
export const whatWasKeptIsStillThere: Rule = (scene) => {
  const here = new Map(scene.projects.flatMap((project) => [...keptIn(project)]));
  const projects = new Set(scene.projects.map(({ id }) => id));
  return [...scene.witness.kept]
    .filter(([neonId, kept]) => !here.has(neonId) && projects.has(kept.projectId) && !mayBeGone(scene, kept))
    .map(
      ([, { kind, name, projectId }]) =>
        `${kind} "${name}" was in project ${projectId}, and nobody deleted it`,
    );
};

function mayBeGone({ runs }: Scene, { kind, expiresAt, seenAt }: KeptAtNeon): boolean {
  if (expiresAt !== undefined && expiresAt <= Date.now()) return true;
  return runs.some(({ type, startedAt }) => type === removals[kind] && startedAt.getTime() >= seenAt);
}
