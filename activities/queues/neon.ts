/**
 * Activities that make one call to Neon each. They run on the queue that carries Neon's rate limit.
 * To add one: write its file in `activities/`, and export it here.
 */
export { awaitIdle } from '../await-idle.js';
export { awaitOperations } from '../await-operations.js';
export { sealBranchLogin } from '../branch-login.js';
export { changeComputeSettings, readComputeSettings } from '../compute-settings.js';
export { createBranch } from '../create-branch.js';
export { createProject } from '../create-project.js';
export { deleteBranch } from '../delete-branch.js';
export { deleteProject } from '../delete-project.js';
export { fetchOwnerCredential } from '../fetch-owner-credential.js';
export { findBranches } from '../find-branches.js';
export { findEndpoints } from '../find-endpoints.js';
export { findProjects } from '../find-projects.js';
export { checkEndpoint, findDatabase, inspectProject } from '../inspect-adoptee.js';
export { followCompute, lookAtCompute, makeCompute } from '../live-compute.js';
export { changeProjectSettings, readProjectSettings } from '../project-settings.js';
export { resetOwnerPassword } from '../reset-owner-password.js';
export { renameBranch, restoreBranch, restoreSnapshot } from '../restore-branch.js';
export { liftQuota, lookAtQuota, lowerQuota, restoreQuota } from '../set-quota.js';
export { surveyDatabase } from '../survey-database.js';
export { suspendEndpoint } from '../suspend-endpoint.js';
export { deleteSnapshot, findSnapshots, hasSnapshot, takeSnapshot } from '../take-snapshot.js';
export { verifyGone } from '../verify-gone.js';
