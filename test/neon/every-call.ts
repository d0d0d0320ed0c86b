import { accessProblem } from '../../neon/access.js';
import {
  createBranch,
  deleteBranch,
  listBranches,
  renameBranch,
  restoreBranch,
} from '../../neon/branches.js';
import { connectionUri } from '../../neon/connection-uri.js';
import { listDatabases } from '../../neon/databases.js';
import { createEndpoint, listEndpoints, suspendEndpoint, updateEndpoint } from '../../neon/endpoints.js';
import { listProjects } from '../../neon/list-projects.js';
import type { NeonClient } from '../../neon/neon-client.js';
import { listOperations } from '../../neon/operations.js';
import {
  createProject,
  deleteProject,
  findProject,
  findProjectsNamed,
  recoverProject,
  updateProject,
} from '../../neon/projects.js';
import { listRegions } from '../../neon/regions.js';
import { resetRolePassword } from '../../neon/roles.js';
import { createSnapshot, deleteSnapshot, listSnapshots, restoreSnapshot } from '../../neon/snapshots.js';
import { projectRequest } from './emulated.js';

const projectId = 'ours-1';
const branch = { projectId, branchId: 'br-1' };
const snapshot = { projectId, snapshotId: 'snap-1' };
const endpoint = { projectId, endpointId: 'ep-1' };

/** Everything that is ever asked of Neon, by the function that asks it. */
export const everyCall: Readonly<Record<string, (neon: NeonClient) => Promise<unknown>>> = {
  accessProblem: (neon) => accessProblem(neon),
  connectionUri: (neon) => connectionUri(neon, { projectId, database: 'app', role: 'app_owner' }),
  createBranch: (neon) => createBranch(neon, { projectId, name: 'copy', expiresAt: '2026-03-02T12:00:00Z' }),
  createEndpoint: (neon) => createEndpoint(neon, branch),
  createProject: (neon) => createProject(neon, projectRequest('ours')),
  createSnapshot: (neon) => createSnapshot(neon, { ...branch, name: 'kept' }),
  deleteBranch: (neon) => deleteBranch(neon, branch),
  deleteProject: (neon) => deleteProject(neon, projectId),
  deleteSnapshot: (neon) => deleteSnapshot(neon, snapshot),
  findProject: (neon) => findProject(neon, projectId),
  findProjectsNamed: (neon) => findProjectsNamed(neon, 'ours'),
  listBranches: (neon) => listBranches(neon, projectId),
  listDatabases: (neon) => listDatabases(neon, branch),
  listEndpoints: (neon) => listEndpoints(neon, projectId),
  listOperations: (neon) => listOperations(neon, projectId),
  listProjects: (neon) => listProjects(neon),
  listRegions: (neon) => listRegions(neon),
  listSnapshots: (neon) => listSnapshots(neon, projectId),
  recoverProject: (neon) => recoverProject(neon, projectId),
  renameBranch: (neon) => renameBranch(neon, branch, 'before'),
  resetRolePassword: (neon) => resetRolePassword(neon, { ...branch, role: 'app_owner' }),
  restoreBranch: (neon) => restoreBranch(neon, branch, { source_branch_id: 'br-2' }),
  restoreSnapshot: (neon) => restoreSnapshot(neon, snapshot, { target_branch_id: 'br-1', name: 'restored' }),
  suspendEndpoint: (neon) => suspendEndpoint(neon, endpoint),
  updateEndpoint: (neon) => updateEndpoint(neon, endpoint, { suspend_timeout_seconds: 300 }),
  updateProject: (neon) => updateProject(neon, projectId, { history_retention_seconds: 3_600 }),
};
