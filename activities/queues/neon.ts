/**
 * Activities that make one call to Neon each. They run on the queue that carries Neon's rate limit.
 * To add one: write its file in `activities/neon/`, and export it here.
 */

export { sealBranchLogin } from '../database/branch-login.js';
export { surveyDatabase } from '../database/survey-database.js';
export { awaitIdle } from '../neon/await-idle.js';
export { awaitOperations } from '../neon/await-operations.js';
export { changeComputeSettings, readComputeSettings } from '../neon/compute-settings.js';
export { createBranch } from '../neon/create-branch.js';
export { createPoolProject } from '../neon/create-pool-project.js';
export { createProject } from '../neon/create-project.js';
export { deleteBranch } from '../neon/delete-branch.js';
export { deleteProject } from '../neon/delete-project.js';
export { fetchOwnerCredential } from '../neon/fetch-owner-credential.js';
export { findBranchHost } from '../neon/find-branch-host.js';
export { findBranches } from '../neon/find-branches.js';
export { findEndpoints, isAsleep } from '../neon/find-endpoints.js';
export { findProjects } from '../neon/find-projects.js';
export { checkEndpoint, findDatabase, inspectProject } from '../neon/inspect-adoptee.js';
export { followCompute, lookAtCompute, makeCompute } from '../neon/live-compute.js';
export { askForProject, listInventory, lookAtComputes } from '../neon/look-for-inventory.js';
export { changeProjectSettings, readProjectSettings } from '../neon/project-settings.js';
export { deleteQuarantined, releaseQuarantined, shutQuarantined } from '../neon/quarantine-project.js';
export { recoverProject } from '../neon/recover-project.js';
export { resetOwnerPassword } from '../neon/reset-owner-password.js';
export { renameBranch, restoreBranch, restoreSnapshot } from '../neon/restore-branch.js';
export { restoreToBranch } from '../neon/restore-to-branch.js';
export { liftQuota, lookAtQuota, lowerQuota, restoreQuota } from '../neon/set-quota.js';
export { suspendEndpoint } from '../neon/suspend-endpoint.js';
export { deleteSnapshot, findSnapshots, hasSnapshot, takeSnapshot } from '../neon/take-snapshot.js';
export { verifyGone } from '../neon/verify-gone.js';
