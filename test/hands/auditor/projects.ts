import { liveProject, ownRuns, type Rule, type Scene } from './scene.js';
import { isOpen } from './temporal-runs.js';

/** Neon's clock, the catalog's and ours, and whoever is on the way to delete it. */
const overdueMs = 3_000;

export const itsProjectIsThere: Rule = (scene) => {
  if (liveProject(scene) !== undefined) return [];
  const { said } = scene;
  return [`Neon has no project ${said.projectId ?? 'of it, and the product names none'}`];
};

export const nothingIsLeft: Rule = ({ projects }) =>
  projects.map(({ id, name }) => `Neon still has project ${id}, "${name}"`);

/** A project that the product does not tell of is nobody's: it costs for ever. */
export const noProjectIsNobodys: Rule = (scene) => {
  const known = knownProjects(scene);
  return scene.projects
    .filter(({ id }) => !known.has(id))
    .map(({ id, name }) => `project ${id}, "${name}", is at Neon, and nothing says that it is to go`);
};

/** The live one; a former one while it is kept; the next one of a move under way. */
function knownProjects(scene: Scene): Set<string | undefined> {
  const { said } = scene;
  const moving = ownRuns(scene).some(isOpen);
  const kept = said.projects.filter(
    ({ role, dueAt }) => (role === 'former' && dueAt !== null) || (role === 'next' && moving),
  );
  return new Set([said.projectId, ...kept.map(({ projectId }) => projectId ?? undefined)]);
}

export const nothingIsOverdue: Rule = ({ said }) =>
  [
    ...said.resources.map(({ kind, name, expiresAt }) => ({ kind, name, at: expiresAt })),
    ...said.projects.map(({ role, name, dueAt }) => ({ kind: `${role} project`, name, at: dueAt })),
  ]
    .filter(({ at }) => at !== null && Date.parse(at) < Date.now() - overdueMs)
    .map(({ kind, name, at }) => `${kind} "${name}" was to be seen to at ${at}, and is still told of`);

export const itsQuotaIsNotUsedUp: Rule = (scene) => {
  const quota = liveProject(scene)?.exceeded_quota ?? null;
  return quota === null ? [] : [`its computes cannot start: ${quota}`];
};

export const itsQuotaIsUsedUp: Rule = (scene) => {
  const project = liveProject(scene);
  if (project === undefined || project.exceeded_quota !== null) return [];
  return [`its quota lets computes start in project ${project.id}`];
};

export const itsComputesSleep: Rule = (scene) => {
  const { branches = [], endpoints = [] } = liveProject(scene) ?? {};
  return [
    ...branches
      .filter(({ compute }) => compute === 'running')
      .map(({ name }) => `the compute of branch "${name}" runs`),
    ...endpoints
      .filter(({ current_state }) => current_state !== 'idle')
      .map(({ id, current_state }) => `compute ${id} is ${current_state}`),
  ];
};
