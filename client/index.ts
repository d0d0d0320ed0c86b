/** What backend code imports. */
export type { FailureReason } from '../catalog/schema.js';
export { SealError } from '../catalog/seal.js';
export type { Tenant } from '../catalog/tenant.js';
export type { TenantState } from '../tenancy/lifecycle.js';
export type { OnboardedTenant } from '../workflows/onboard-tenant.js';
export type { StepProgress } from '../workflows/progress.js';
export { type ConnectedTenantry, connectTenantry } from './connect.js';
export * from './errors.js';
export type { OnboardingHandle } from './onboarding-handle.js';
export { type OnboardInput, TenantryClient, type TenantryClientOptions } from './tenantry-client.js';
