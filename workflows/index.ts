/** Everything that a worker bundles: each export is a workflow type. */
export { adoptTenant } from './adopt-tenant.js';
export { branchTenant } from './branch-tenant.js';
export { changePlan } from './change-plan.js';
export { eraseTenant } from './erase-tenant.js';
export { moveTenant } from './move-tenant.js';
export { offboardTenant } from './offboard-tenant.js';
export { onboardTenant } from './onboard-tenant.js';
export { removeBranch } from './remove-branch.js';
export { repairTenant } from './repair-tenant.js';
export { restoreTenant } from './restore-tenant.js';
export { resumeTenant } from './resume-tenant.js';
export { rotateCredentials } from './rotate-credentials.js';
export { runOperation } from './run-operation.js';
export { snapshotTenant } from './snapshot-tenant.js';
export { suspendTenant } from './suspend-tenant.js';
export { sweep } from './sweep.js';
export { undoMove } from './undo-move.js';
