import { cureOf } from '../tenancy/failure-cures.js';
import type { FailureReason } from '../tenancy/failure-reason.js';
import type { TenantOperation, TenantState } from '../tenancy/lifecycle.js';
import { operationWords } from '../tenancy/operation-words.js';
import { onOneLine, onOneLineIn } from '../tenancy/redact.js';
import { refusal } from '../tenancy/refusal.js';

export { SealError } from '../catalog/seal.js';

interface About {
  /** The run in question, if it is known. */
  readonly runId?: string;
  /** Neon's id of the failed request, for Neon's support. */
  readonly neonRequestId?: string | undefined;
}

/** The codes of `TenantryError`, for a switch that the compiler checks for completeness. */
export type TenantryErrorCode =
  | 'INVALID_TENANT_ID'
  | 'REQUEST_UNFIT'
  | 'TEMPORAL_UNREACHABLE'
  | 'CATALOG_UNREACHABLE'
  | 'CATALOG_NOT_MIGRATED'
  | 'UNKNOWN_PLAN'
  | 'TENANT_BUSY'
  | 'TENANT_NOT_FOUND'
  | 'BRANCH_NOT_FOUND'
  | 'SNAPSHOT_NOT_FOUND'
  | 'TENANT_STATE_CONFLICT'
  | 'TENANT_NOT_READY'
  | 'TENANT_SCHEMA_BEHIND'
  | 'POOLS_CLOSED'
  | 'CREDENTIAL_REFUSED'
  | 'OPERATION_FAILED'
  | 'OPERATION_TERMINATED'
  | 'NOT_OFFBOARDING'
  | 'NO_OPERATION'
  | 'NOTHING_TO_GIVE_UP'
  | 'TOO_LATE_TO_UNDO'
  | 'OPERATION_CANCELLED'
  | 'BUILD_NOT_FOUND'
  | 'PROJECT_NOT_FOUND'
  | 'RECONCILE_REFUSED'
  | 'RECONCILE_UNDER_WAY'
  | 'ENDPOINT_NOT_FOUND'
  | 'EVENT_NOT_FOUND'
  | 'ROLLOUT_NOT_FOUND'
  | 'ROLLOUT_UNDER_WAY'
  | 'ROLLOUT_ABORTED';

/**
 * An error of the client. The set is closed: `code` distinguishes the errors, and each names the tenant in question
 * and, if known, the run and the request to Neon. No error contains a secret, or a character that a terminal would
 * obey: a reason may contain any external text, and errors end up in logs.
 */
export abstract class TenantryError extends Error {
  abstract readonly code: TenantryErrorCode;
  readonly runId: string | undefined;
  readonly neonRequestId: string | undefined;

  constructor(
    message: string,
    /** Absent when the error concerns no tenant, or several. */
    readonly tenantId: string | undefined,
    { runId, neonRequestId }: About = {},
  ) {
    super(onOneLine(message));
    this.name = new.target.name;
    this.runId = runId;
    this.neonRequestId = onOneLineIn(neonRequestId);
  }
}

/** A tenant cannot have this id. No request was sent. */
export class InvalidTenantIdError extends TenantryError {
  readonly code = 'INVALID_TENANT_ID';
}

/**
 * The request is invalid: it has a text that Postgres cannot store, a filter with an unknown field, or an `after`
 * that no page returned. No request was sent.
 */
export class RequestUnfitError extends TenantryError {
  readonly code = 'REQUEST_UNFIT';

  constructor(message: string, tenantId?: string) {
    super(message, tenantId);
  }
}

/**
 * Temporal does not respond, or refuses the connection; the message says where and why. It is safe to start the
 * operation again: if Temporal did accept it, the second call joins that run. Methods that only read the catalog work
 * without Temporal.
 */
export class TemporalUnreachableError extends TenantryError {
  readonly code = 'TEMPORAL_UNREACHABLE';

  constructor(message: string, tenantId?: string) {
    super(message, tenantId);
  }
}

/**
 * The catalog's Postgres does not respond, refuses the login, or cannot serve requests now; the message says which,
 * and what to do.
 */
export class CatalogUnreachableError extends TenantryError {
  readonly code = 'CATALOG_UNREACHABLE';

  constructor(message: string) {
    super(message, undefined);
  }
}

/** The catalog lacks a table or a column: no worker of this release has migrated it. The message names the command that does. */
export class CatalogNotMigratedError extends TenantryError {
  readonly code = 'CATALOG_NOT_MIGRATED';

  constructor(message: string) {
    super(message, undefined);
  }
}

/** The fleet has no plan with that name. No request was sent. */
export class UnknownPlanError extends TenantryError {
  readonly code = 'UNKNOWN_PLAN';
}

/** Another operation, or the same one with another input, is under way for the tenant: `running` names it. */
export class TenantBusyError extends TenantryError {
  readonly code = 'TENANT_BUSY';

  constructor(
    message: string,
    tenantId: string,
    readonly running: string,
    about: About,
  ) {
    super(message, tenantId, about);
  }
}

/** The catalog has no such tenant. */
export class TenantNotFoundError extends TenantryError {
  readonly code = 'TENANT_NOT_FOUND';

  constructor(tenantId: string) {
    super(`there is no tenant "${tenantId}"`, tenantId);
  }
}

/** The tenant has no branch with that name, or no longer has it. */
export class BranchNotFoundError extends TenantryError {
  readonly code = 'BRANCH_NOT_FOUND';

  constructor(
    tenantId: string,
    readonly branch: string,
  ) {
    super(`tenant "${tenantId}" has no branch "${branch}"`, tenantId);
  }
}

/** The tenant has no snapshot with that name, or no longer has it. */
export class SnapshotNotFoundError extends TenantryError {
  readonly code = 'SNAPSHOT_NOT_FOUND';

  constructor(
    tenantId: string,
    readonly snapshot: string,
  ) {
    super(`tenant "${tenantId}" has no snapshot "${snapshot}"`, tenantId);
  }
}

/** The operation is not allowed in the tenant's present state. Nothing was changed. */
export class TenantStateError extends TenantryError {
  readonly code = 'TENANT_STATE_CONFLICT';

  constructor(
    tenantId: string,
    readonly operation: TenantOperation,
    /** `none`: the catalog no longer has the tenant. */
    readonly state: TenantState | 'none',
    why: string = refusal(operation, state),
  ) {
    super(`"${tenantId}": ${why}`, tenantId);
  }
}

/** The tenant exists, but nobody can connect to it now: `state` says why. */
export class TenantNotReadyError extends TenantryError {
  readonly code = 'TENANT_NOT_READY';
  readonly reason?: FailureReason;

  constructor(
    tenantId: string,
    readonly state: TenantState,
    reason?: FailureReason,
  ) {
    super(`tenant "${tenantId}" is ${state}${reason === undefined ? '' : `: ${reason.message}`}`, tenantId);
    if (reason !== undefined) this.reason = onOneLineIn(reason);
  }
}

/**
 * The tenant's database does not yet have the migration that the caller needs. The fleet's rollout applies it, or
 * `migrate` does.
 */
export class TenantSchemaBehindError extends TenantryError {
  readonly code = 'TENANT_SCHEMA_BEHIND';

  constructor(
    tenantId: string,
    /** The newest migration that the database has, without `.sql`. */
    readonly schemaVersion: string | undefined,
    /** The required migration, as the caller wrote it. */
    readonly atLeast: string,
  ) {
    super(
      `the database of tenant "${tenantId}" is at ${schemaVersion ?? 'no migration'}, and ${atLeast} is needed`,
      tenantId,
    );
  }
}

/** The client that the pool belongs to was closed. */
export class PoolsClosedError extends TenantryError {
  readonly code = 'POOLS_CLOSED';

  constructor(tenantId: string) {
    super('the client was closed, and its pools with it', tenantId);
  }
}

/**
 * The database refuses the credential that the catalog has: the tenant has changed its own password, as any role may.
 * `rotateCredentials` gives the tenant another login.
 */
export class CredentialRefusedError extends TenantryError {
  readonly code = 'CREDENTIAL_REFUSED';

  constructor(tenantId: string) {
    super(
      `the database of tenant "${tenantId}" refuses its published login: somebody changed the password in the database. Rotate its credentials; if nobody of yours did it, at once (tenantry rotate --now)`,
      tenantId,
    );
  }
}

/**
 * The operation failed and was undone; the message says what could not be undone. `reason.type` is one of the closed
 * set in `tenancy/failures.ts`.
 */
export class OperationFailedError extends TenantryError {
  readonly code = 'OPERATION_FAILED';
  readonly reason: FailureReason;
  /** What a person can do about it, in a sentence. */
  readonly cure: string;

  constructor(
    tenantId: string,
    runId: string,
    readonly operation: TenantOperation,
    reason: FailureReason,
  ) {
    super(`the ${operationWords[operation]} of tenant "${tenantId}" failed: ${reason.message}`, tenantId, {
      runId,
      neonRequestId: reason.requestId,
    });
    this.reason = onOneLineIn(reason);
    this.cure = cureOf(reason.type);
  }
}

/**
 * The operation's run was terminated, for example in Temporal's UI, and undid nothing. The sweep resumes the work on
 * most tenants; `attention` lists the others.
 */
export class OperationTerminatedError extends TenantryError {
  readonly code = 'OPERATION_TERMINATED';

  constructor(
    tenantId: string,
    runId: string,
    readonly operation: TenantOperation,
    /** The reason given at its termination. */
    why: string,
  ) {
    super(
      `the ${operationWords[operation]} of tenant "${tenantId}" was ended by force (${why}), and nothing of it is undone: the sweep takes the tenant up again, or tenantry attention says who has to`,
      tenantId,
      { runId },
    );
  }
}

/** No offboarding of the tenant is under way: it ended, or there was none. */
export class NotOffboardingError extends TenantryError {
  readonly code = 'NOT_OFFBOARDING';

  constructor(tenantId: string) {
    super(`no offboarding of tenant "${tenantId}" is under way`, tenantId);
  }
}

/** No operation of the tenant is under way. */
export class NoOperationError extends TenantryError {
  readonly code = 'NO_OPERATION';

  constructor(tenantId: string) {
    super(`no operation of tenant "${tenantId}" is under way`, tenantId);
  }
}

/** No operation of the tenant is at a step that can be given up, or it is at another step than the one named. */
export class NothingToGiveUpError extends TenantryError {
  readonly code = 'NOTHING_TO_GIVE_UP';
}

/** The offboarding can no longer be undone: something of the tenant may be deleted already. */
export class TooLateToUndoError extends TenantryError {
  readonly code = 'TOO_LATE_TO_UNDO';
}

/** The operation was cancelled and undone. */
export class OperationCancelledError extends TenantryError {
  readonly code = 'OPERATION_CANCELLED';

  constructor(
    tenantId: string,
    runId: string,
    readonly operation: TenantOperation,
  ) {
    super(`the ${operationWords[operation]} of tenant "${tenantId}" was cancelled`, tenantId, { runId });
  }
}

/** The catalog has no such rollout. */
export class RolloutNotFoundError extends TenantryError {
  readonly code = 'ROLLOUT_NOT_FOUND';

  constructor(readonly rolloutId: string) {
    super(`there is no rollout "${rolloutId}"`, undefined);
  }
}

/** The rollout was aborted, so it starts no more operations. */
export class RolloutAbortedError extends TenantryError {
  readonly code = 'ROLLOUT_ABORTED';

  constructor(readonly rolloutId: string) {
    super(`rollout "${rolloutId}" was aborted, so nothing more of it begins: start another`, undefined);
  }
}

/** Another rollout, usually of migrations, with another target or for other tenants, is in the way: `rolloutId` names it. */
export class RolloutUnderWayError extends TenantryError {
  readonly code = 'ROLLOUT_UNDER_WAY';

  constructor(
    readonly rolloutId: string,
    what: string,
  ) {
    super(`rollout "${rolloutId}" is under way, a ${what}: wait for its end, or abort it`, undefined);
  }
}

/** The catalog knows no build with that id. */
export class BuildNotFoundError extends TenantryError {
  readonly code = 'BUILD_NOT_FOUND';

  constructor(readonly build: string) {
    super(`there is no build "${build}"`, undefined);
  }
}

/** No project with that id is, or was, in quarantine. */
export class ProjectNotFoundError extends TenantryError {
  readonly code = 'PROJECT_NOT_FOUND';

  constructor(readonly projectId: string) {
    super(`no project "${projectId}" is in quarantine`, undefined);
  }
}

/**
 * A reconcile's observations prove nothing, for example because Neon's list was incomplete: it decided nothing, and
 * changed nothing.
 */
export class ReconcileRefusedError extends TenantryError {
  readonly code = 'RECONCILE_REFUSED';

  constructor(why: string) {
    super(`nothing was compared, and nothing changed: ${why}`, undefined);
  }
}

/** Another run is reconciling the fleet: `workflowId` names it. */
export class ReconcileUnderWayError extends TenantryError {
  readonly code = 'RECONCILE_UNDER_WAY';

  constructor(readonly workflowId: string) {
    super(`the fleet is reconciled just now, by workflow "${workflowId}": wait for its end`, undefined);
  }
}

/** There is no endpoint with that id. */
export class EndpointNotFoundError extends TenantryError {
  readonly code = 'ENDPOINT_NOT_FOUND';

  constructor(readonly endpoint: string) {
    super(`there is no endpoint "${endpoint}"`, undefined);
  }
}

/** The log has no event with that id. */
export class EventNotFoundError extends TenantryError {
  readonly code = 'EVENT_NOT_FOUND';

  constructor(readonly event: string) {
    super(`there is no event "${event}"`, undefined);
  }
}
