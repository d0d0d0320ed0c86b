import type { TenantOperation } from '../tenancy/lifecycle.js';
import type { AdoptedTenant } from '../workflows/adopt-tenant.js';
import type { BranchedTenant } from '../workflows/branch-tenant.js';
import type { PlanChange } from '../workflows/change-plan.js';
import type { DrilledTenant } from '../workflows/drill-restore.js';
import type { ErasedTenant } from '../workflows/erase-tenant.js';
import type { MigratedTenant } from '../workflows/migrate-tenant.js';
import type { MovedTenant } from '../workflows/move-tenant.js';
import type { OffboardedTenant } from '../workflows/offboard-tenant.js';
import type { OnboardedTenant } from '../workflows/onboard-tenant.js';
import type { RehearsedMigrations } from '../workflows/rehearse-migrations.js';
import type { RepairedTenant } from '../workflows/repair-tenant.js';
import type { RestoredTenant } from '../workflows/restore-tenant.js';
import type { ResumedTenant } from '../workflows/resume-tenant.js';
import type { RotatedCredentials } from '../workflows/rotate-credentials.js';
import type { SnapshottedTenant } from '../workflows/snapshot-tenant.js';
import type { SuspendedTenant } from '../workflows/suspend-tenant.js';
import type { UnmovedTenant } from '../workflows/undo-move.js';
import type { OperationHandle } from './operation-handle.js';

/** The result of each operation's `result()`. */
export interface OperationResults {
  readonly onboard: OnboardedTenant;
  readonly adopt: AdoptedTenant;
  readonly changePlan: PlanChange;
  readonly rotateCredentials: RotatedCredentials;
  readonly snapshot: SnapshottedTenant;
  readonly branch: BranchedTenant;
  readonly rehearse: RehearsedMigrations;
  readonly drill: DrilledTenant;
  readonly restore: RestoredTenant;
  readonly move: MovedTenant;
  readonly undoMove: UnmovedTenant;
  readonly suspend: SuspendedTenant;
  readonly resume: ResumedTenant;
  readonly migrate: MigratedTenant;
  readonly repair: RepairedTenant;
  readonly offboard: OffboardedTenant;
  readonly erase: ErasedTenant;
}

/**
 * A handle on an operation whose type is not known in advance: `operation` names it, and narrows the type of
 * `result()`.
 */
export type AnyOperation = {
  readonly [Operation in TenantOperation]: OperationHandle<OperationResults[Operation], Operation>;
}[TenantOperation];
