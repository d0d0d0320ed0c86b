import type { FailureReason } from '../catalog/schema.js';
import type { TenantState } from '../tenancy/lifecycle.js';

/**
 * What a client throws. The set is closed: `code` tells them apart, and each says which tenant and, where one is at
 * hand, which run it is about. None ever holds a secret.
 */
export abstract class TenantryError extends Error {
  abstract readonly code: string;

  constructor(
    message: string,
    readonly tenantId: string,
    readonly runId?: string,
  ) {
    super(message);
    this.name = new.target.name;
  }
}

/** The id is not one that a tenant can have. Nothing was asked of anyone. */
export class InvalidTenantIdError extends TenantryError {
  readonly code = 'INVALID_TENANT_ID';
}

/** The fleet has no plan of that name. Nothing was asked of anyone. */
export class UnknownPlanError extends TenantryError {
  readonly code = 'UNKNOWN_PLAN';
}

/** Another operation, or the same one on another plan, is under way for the tenant. */
export class TenantBusyError extends TenantryError {
  readonly code = 'TENANT_BUSY';
}

/** The catalog has no such tenant. */
export class TenantNotFoundError extends TenantryError {
  readonly code = 'TENANT_NOT_FOUND';
}

/** The tenant is there, but not ready. */
export class TenantNotReadyError extends TenantryError {
  readonly code = 'TENANT_NOT_READY';

  constructor(
    tenantId: string,
    readonly state: TenantState,
    readonly reason?: FailureReason,
  ) {
    super(`tenant "${tenantId}" is ${state}${reason === undefined ? '' : `: ${reason.message}`}`, tenantId);
  }
}

/** The onboarding failed and was undone. `reason.type` is one of the closed set in `tenancy/failures.ts`. */
export class OnboardingFailedError extends TenantryError {
  readonly code = 'ONBOARDING_FAILED';

  constructor(
    tenantId: string,
    runId: string,
    readonly reason: FailureReason,
  ) {
    super(`tenant "${tenantId}" was not onboarded: ${reason.message}`, tenantId, runId);
  }
}

/** The onboarding was cancelled and undone. */
export class OnboardingCancelledError extends TenantryError {
  readonly code = 'ONBOARDING_CANCELLED';
}
