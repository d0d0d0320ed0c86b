/** Everything that a worker bundles: each export is a workflow type. */
export { onboardTenant } from './onboard-tenant.js';
export { resumeTenant } from './resume-tenant.js';
export { suspendTenant } from './suspend-tenant.js';
