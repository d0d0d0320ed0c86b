import { unprocessable } from '../errors.js';
import type { Neon } from '../neon.js';
import type { Branch, Project } from '../state/records.js';

/*
 * What there may not be more of. The code and the text of projects are Neon's; of the others only the codes are known.
 */

export function refuseProjectBeyondLimit({ store, limits }: Neon): void {
  if (!Number.isFinite(limits.projects)) return;
  const count = store.of.project.all().filter(({ deleted_at }) => deleted_at === undefined).length;
  refuse('user projects', 'PROJECTS_LIMIT_EXCEEDED', limits.projects, count);
}

export function refuseBranchBeyondLimit(project: Project, { store, limits }: Neon): void {
  const count = store.of.branch.in(project.id).length;
  refuse('branches', 'BRANCHES_LIMIT_EXCEEDED', limits.branchesPerProject, count);
}

export function refuseProtectionBeyondLimit(projectId: string, { store, limits }: Neon): void {
  const count = store.of.branch.in(projectId).filter((one) => one.protected).length;
  refuse(
    'protected branches',
    'BRANCHES_PROTECTED_LIMIT_EXCEEDED',
    limits.protectedBranchesPerProject,
    count,
  );
}

export function refuseRoleBeyondLimit(branch: Branch, { store, limits }: Neon): void {
  const count = store.of.role.in(branch.project_id).filter(({ branch_id }) => branch_id === branch.id).length;
  refuse('roles', 'ROLES_LIMIT_EXCEEDED', limits.rolesPerBranch, count);
}

export function refuseDatabaseBeyondLimit(branch: Branch, { store, limits }: Neon): void {
  const count = store.of.database
    .in(branch.project_id)
    .filter(({ branch_id }) => branch_id === branch.id).length;
  refuse('databases', 'DATABASES_LIMIT_EXCEEDED', limits.databasesPerBranch, count);
}

function refuse(what: string, code: string, limit: number, count: number): void {
  if (count >= limit) throw unprocessable(`${what} limit of ${limit} exceeded, got ${count}`, code);
}
