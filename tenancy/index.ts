/** The public API for defining a fleet, and the types that describe a tenant. */
export { EnvironmentError } from './environment.js';
export { type FailureDetails, type FailureType, isFailureType } from './failures.js';
export { defineFleet, type Fleet, type FleetDefinition } from './fleet.js';
export { defaultPlanOf } from './fleet-needs.js';
export type { BudgetReached, Hook, HookDatabase, HookName, Hooks, HookTenant, SqlClient } from './hooks.js';
export type { TenantOperation, TenantState } from './lifecycle.js';
export type { Plan } from './plan.js';
export {
  type SecretKind,
  type SecretStore,
  SecretStoreError,
  type SecretTenant,
  singleSecretKinds,
} from './secret-store.js';
export { isTenantId, longestTenantId, type TenantId, tenantIdProblem } from './tenant-id.js';
export type { Timings } from './timings.js';
