/** The public API for backend code. */

// Exported here, so that the client's declarations do not lead a backend's compiler to the worker, whose packages it
// lacks.
export type { Build, KnownBuild } from '../catalog/builds.js';
export type { Catalog } from '../catalog/catalog.js';
export type { EventEndpoint } from '../catalog/event-endpoints.js';
export type { LoggedEvent } from '../catalog/events.js';
export type { HistoryEntry } from '../catalog/history.js';
export type { ResealOptions, ResealProgress, UnopenedSecret } from '../catalog/reseal.js';
export type { Rollout, RolloutCounts, RolloutMember } from '../catalog/rollouts.js';
export { parseSealKeys } from '../catalog/seal.js';
export type { Tenant } from '../catalog/tenant.js';
export {
  clientDataConverter,
  type OwnDataConverter,
  type PayloadOptions,
} from '../payloads/data-converter.js';
export { EncryptedPayloadError } from '../payloads/payload-codec.js';
export type { BillingPeriod } from '../tenancy/billing-period.js';
export type { CostReport, PlanCost, TenantCost } from '../tenancy/cost-report.js';
export type {
  EventBody,
  EventType,
  RolloutEventData,
  TenantEventData,
} from '../tenancy/events.js';
export { failureCures, failurePage } from '../tenancy/failure-cures.js';
export type { FailureReason } from '../tenancy/failure-reason.js';
export type { TenantOperation, TenantState } from '../tenancy/lifecycle.js';
export type { PlanSetting, SettingDifference } from '../tenancy/plan-difference.js';
export type { StepProgress, Wait } from '../tenancy/progress.js';
export {
  type Finding,
  type FindingKind,
  findingKinds,
  type Mend,
  type MendOutcome,
} from '../tenancy/reconcile.js';
export type {
  RehearsedFile,
  RehearsedLock,
  RehearsedRows,
  RehearsedRun,
} from '../tenancy/rehearsal.js';
export type { RestorePoint } from '../tenancy/restore-point.js';
export type {
  MemberReason,
  MemberState,
  RolloutPace,
  RolloutState,
  RolloutVerb,
  Wave,
} from '../tenancy/rollout.js';
export { SecretStoreError } from '../tenancy/secret-store.js';
export { type OneOrMore, type TenantFilter, tenantFilterSchema } from '../tenancy/tenant-filter.js';
export { FilterTextError, parseTenantFilter } from '../tenancy/tenant-filter-text.js';
export { type TenantSort, tenantSorts } from '../tenancy/tenant-sort.js';
export type { Usage } from '../tenancy/usage.js';
export type { BillableUsage, Cost, CostPart } from '../tenancy/usage-cost.js';
export type { AdoptedTenant } from '../workflows/adopt-tenant.js';
export type { BranchedTenant } from '../workflows/branch-tenant.js';
export type { PlanChange } from '../workflows/change-plan.js';
export type { DrilledTenant } from '../workflows/drill-restore.js';
export type { ErasedTenant } from '../workflows/erase-tenant.js';
export type { MovedTenant } from '../workflows/move-tenant.js';
export type { OffboardedTenant } from '../workflows/offboard-tenant.js';
export type { OnboardedTenant } from '../workflows/onboard-tenant.js';
export type { RehearsedMigrations } from '../workflows/rehearse-migrations.js';
export type { RepairedTenant } from '../workflows/repair-tenant.js';
export type { RestoredTenant } from '../workflows/restore-tenant.js';
export type { ResumedTenant } from '../workflows/resume-tenant.js';
export type { RotatedCredentials } from '../workflows/rotate-credentials.js';
export type { RanOperation, RunOperationInput } from '../workflows/run-operation.js';
export type { SnapshottedTenant } from '../workflows/snapshot-tenant.js';
export type { SuspendedTenant } from '../workflows/suspend-tenant.js';
export type { UnmovedTenant } from '../workflows/undo-move.js';
export type { AnyOperation, OperationResults } from './any-operation.js';
export { attentionTo } from './attention.js';
export { type Attention, type AttentionKind, attentionKinds } from './attention-kinds.js';
export { type ConnectedTenantry, type ConnectOptions, connectTenantry } from './connect.js';
export * from './errors.js';
export {
  type EndpointSecret,
  type EventQuery,
  FleetEvents,
  type Replay,
} from './events/fleet-events.js';
export type { Executed } from './executed.js';
export type { CostOptions, FleetCost, TenantBudget } from './fleet-cost.js';
export type { GivenUpStep } from './give-up.js';
export type { KeptState, TenantBranch, TenantDrill, TenantSnapshot } from './kept-resources.js';
export type { OperationHandle } from './operation-handle.js';
export type { OperationStatus } from './operation-status.js';
export {
  FleetReconcile,
  type KeptFinding,
  type LastReconcile,
  type Quarantined,
  type ReconcileOptions,
  type ReconcileReport,
} from './reconcile/fleet-reconcile.js';
export type { OlderSealKey, ResealedSecrets } from './reseal-secrets.js';
export { FleetRollouts, type RolloutPreview } from './rollouts/fleet-rollouts.js';
export { type FollowedRollout, RolloutHandle } from './rollouts/rollout-handle.js';
export type { RolloutAction, RolloutOptions, RolloutRequest } from './rollouts/rollout-request.js';
export type { ScheduleChange } from './schedules/apply-schedules.js';
export type { FleetSchedule, ScheduledRun } from './schedules/fleet-schedule.js';
export type { ScheduleDifference } from './schedules/schedule-differences.js';
export * from './schedules/schedule-errors.js';
export { FleetSchedules, type FleetSchedulesOptions } from './schedules/schedules.js';
export type { ListOptions, TenantPage, TenantQuery } from './tenant-lists.js';
export type { AdoptOptions, OnboardInput, TenantOperations } from './tenant-operations.js';
export type { TenantPool } from './tenant-pool.js';
export type { PoolNeeds, PoolOptions, PoolsReport } from './tenant-pools.js';
export type { TenantRecord } from './tenant-record.js';
export { TenantryClient, type TenantryClientOptions } from './tenantry-client.js';
