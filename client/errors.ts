import { failureCures } from '../tenancy/failure-cures.js';
import type { FailureReason } from '../tenancy/failure-reason.js';
import { isFailureType } from '../tenancy/failures.js';
import type { TenantOperation, TenantState } from '../tenancy/lifecycle.js';
import { operationWords } from '../tenancy/operation-words.js';
import { onOneLine, onOneLineIn } from '../tenancy/redact.js';
import { refusal } from '../tenancy/refusal.js';

export { SealError } from '../catalog/seal.js';

interface About {
  /** The run that it is about, where one is at hand. */
  readonly runId?: string;
  /** Neon's id of the request that failed, for its support. */
  readonly neonRequestId?: string | undefined;
}

/** The codes of `TenantryError`, for a switch that a compiler holds to all of them. */
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
  | 'ENDPOINT_NOT_FOUND'
  | 'EVENT_NOT_FOUND'
  | 'PROJECT_NOT_FOUND'
  | 'RECONCILE_REFUSED'
  | 'RECONCILE_UNDER_WAY'
  | 'ROLLOUT_NOT_FOUND'
  | 'ROLLOUT_UNDER_WAY'
  | 'ROLLOUT_ABORTED';

/**
 * What a client throws. The set is closed: `code` tells them apart, and each says which tenant and, where they are at
 * hand, which run and which request to Neon it is about. None ever holds a secret, and none a character that a terminal
 * would obey: a reason may be in anybody's words, and errors end up in logs.
 */
export abstract class TenantryError extends Error {
  abstract readonly code: TenantryErrorCode;
  readonly runId: string | undefined;
  readonly neonRequestId: string | undefined;

  constructor(
    message: string,
    /** Absent where it is about no tenant, or about several. */
    readonly tenantId: string | undefined,
    { runId, neonRequestId }: About = {},
  ) {
    super(onOneLine(message));
    this.name = new.target.name;
    this.runId = runId;
    this.neonRequestId = onOneLineIn(neonRequestId);
  }
}

/** The id is not one that a tenant can have. Nothing was asked of anyone. */
export class InvalidTenantIdError extends TenantryError {
  readonly code = 'INVALID_TENANT_ID';
}

/**
 * What is asked for cannot be: it holds a text that no database can store, a filter with a field that there is none of, or an
 * `after` that no page gave. Nothing was asked of anyone.
 */
export class RequestUnfitError extends TenantryError {
  readonly code = 'REQUEST_UNFIT';

  constructor(message: string, tenantId?: string) {
    super(message, tenantId);
  }
}

/**
 * Temporal does not answer, or lets nobody in; the message says where and why. Operations can be asked for again: one that was
 * accepted meanwhile is joined. What reads the catalog alone works without Temporal.
 */
export class TemporalUnreachableError extends TenantryError {
  readonly code = 'TEMPORAL_UNREACHABLE';

  constructor(message: string, tenantId?: string) {
    super(message, tenantId);
  }
}

/** The catalog's Postgres does not answer, lets nobody in, or cannot serve now; the message says which, and what to do. */
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

/** The fleet has no plan of that name. Nothing was asked of anyone. */
export class UnknownPlanError extends TenantryError {
  readonly code = 'UNKNOWN_PLAN';
}

/** Another operation, or the same one asked for otherwise, is under way for the tenant: `running` names it. */
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

/** The tenant has no branch of that name, or not any more. */
export class BranchNotFoundError extends TenantryError {
  readonly code = 'BRANCH_NOT_FOUND';

  constructor(
    tenantId: string,
    readonly branch: string,
  ) {
    super(`tenant "${tenantId}" has no branch "${branch}"`, tenantId);
  }
}

/** The tenant has no snapshot of that name, or not any more. */
export class SnapshotNotFoundError extends TenantryError {
  readonly code = 'SNAPSHOT_NOT_FOUND';

  constructor(
    tenantId: string,
    readonly snapshot: string,
  ) {
    super(`tenant "${tenantId}" has no snapshot "${snapshot}"`, tenantId);
  }
}

/** The operation is not allowed in the state that the tenant is in. Nothing was changed. */
export class TenantStateError extends TenantryError {
  readonly code = 'TENANT_STATE_CONFLICT';

  constructor(
    tenantId: string,
    readonly operation: TenantOperation,
    /** `none`: the catalog has no such tenant any more. */
    readonly state: TenantState | 'none',
    why: string = refusal(operation, state),
  ) {
    super(`"${tenantId}": ${why}`, tenantId);
  }
}

/** The tenant is there, but nobody can connect to it now: `state` says why. */
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

/** The tenant's database does not have the migration that the caller needs yet. It comes with the fleet's rollout, or with `migrate`. */
export class TenantSchemaBehindError extends TenantryError {
  readonly code = 'TENANT_SCHEMA_BEHIND';

  constructor(
    tenantId: string,
    /** The newest migration that it has, without `.sql`. */
    readonly schemaVersion: string | undefined,
    /** The one that is needed, as it was asked for. */
    readonly atLeast: string,
  ) {
    super(
      `the database of tenant "${tenantId}" is at ${schemaVersion ?? 'no migration'}, and ${atLeast} is needed`,
      tenantId,
    );
  }
}

/** The client whose pool this is was closed. */
export class PoolsClosedError extends TenantryError {
  readonly code = 'POOLS_CLOSED';

  constructor(tenantId: string) {
    super('the client was closed, and its pools with it', tenantId);
  }
}

/**
 * The database refuses the credential that the catalog has: somebody who holds it has changed the password, as every role may
 * its own. `rotateCredentials` gives the tenant another login.
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
 * The operation failed, and what it had done was undone; what could not be is said in the message. `reason.type` is one
 * of the closed set in `tenancy/failures.ts`.
 */
export class OperationFailedError extends TenantryError {
  readonly code = 'OPERATION_FAILED';
  readonly reason: FailureReason;
  /** What a person does about it, in a sentence. */
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
    this.cure = failureCures[isFailureType(reason.type) ? reason.type : 'Unexpected'];
  }
}

/**
 * The operation's run was ended by force, in Temporal's UI for instance, and undid nothing. The sweep takes most tenants up again;
 * `attention` lists those that it leaves.
 */
export class OperationTerminatedError extends TenantryError {
  readonly code = 'OPERATION_TERMINATED';

  constructor(
    tenantId: string,
    runId: string,
    readonly operation: TenantOperation,
    /** What was said of it when it was ended. */
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

/** No operation of the tenant is at a step that can be given up, or it is at another one than was named. */
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

/** The rollout was aborted, so nothing more of it begins. */
export class RolloutAbortedError extends TenantryError {
  readonly code = 'ROLLOUT_ABORTED';

  constructor(readonly rolloutId: string) {
    super(`rollout "${rolloutId}" was aborted, so nothing more of it begins: start another`, undefined);
  }
}

/** Another rollout stands in the way, of migrations mostly, with another end or for other tenants: `rolloutId` names it. */
export class RolloutUnderWayError extends TenantryError {
  readonly code = 'ROLLOUT_UNDER_WAY';

  constructor(
    readonly rolloutId: string,
    what: string,
  ) {
    super(`rollout "${rolloutId}" is under way, a ${what}: wait for its end, or abort it`, undefined);
  }
}

/** The catalog knows no build of that id. */
export class BuildNotFoundError extends TenantryError {
  readonly code = 'BUILD_NOT_FOUND';

  constructor(readonly build: string) {
    super(`there is no build "${build}"`, undefined);
  }
}

/** Events are sent to no endpoint of that id. */
export class EndpointNotFoundError extends TenantryError {
  readonly code = 'ENDPOINT_NOT_FOUND';

  constructor(readonly endpoint: string) {
    super(`there is no endpoint "${endpoint}"`, undefined);
  }
}

/** The log has no event of that id. */
export class EventNotFoundError extends TenantryError {
  readonly code = 'EVENT_NOT_FOUND';

  constructor(readonly event: string) {
    super(`there is no event "${event}"`, undefined);
  }
}

/** No project of that id is, or was, in quarantine. */
export class ProjectNotFoundError extends TenantryError {
  readonly code = 'PROJECT_NOT_FOUND';

  constructor(readonly projectId: string) {
    super(`no project "${projectId}" is in quarantine`, undefined);
  }
}

/** What a reconcile saw proves nothing, such as an incomplete list of Neon's: nothing was decided, and nothing changed. */
export class ReconcileRefusedError extends TenantryError {
  readonly code = 'RECONCILE_REFUSED';

  constructor(why: string) {
    super(`nothing was compared, and nothing changed: ${why}`, undefined);
  }
}

/** Another run reconciles the fleet: `workflowId` names it. */
export class ReconcileUnderWayError extends TenantryError {
  readonly code = 'RECONCILE_UNDER_WAY';

  constructor(readonly workflowId: string) {
    super(`the fleet is reconciled just now, by workflow "${workflowId}": wait for its end`, undefined);
  }
}
