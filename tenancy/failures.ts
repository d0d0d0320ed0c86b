import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common/lib/failure.js';
import { redact } from './redact.js';

/** The properties of a type of failure: whether a retry can help, and whether it is an expected wait. */
interface Disposition {
  readonly retryable: boolean;
  /** An expected wait is logged at debug level, and no failure metric counts it. */
  readonly benign?: true;
}

/**
 * The closed set of failures that cross from an activity into a workflow. People read their names in the Temporal UI
 * and client code switches on them, so a name never changes.
 */
export const failures = {
  /** Neon refused the request as malformed or against a rule: 400, 406, 412, 422. */
  NeonBadRequest: { retryable: false },
  /** The account has as many projects, branches or roles as its plan allows: 422 with `…_LIMIT_EXCEEDED`. */
  NeonLimitReached: { retryable: false },
  /** Neon does not know the key, or no longer does: 401. Neon did nothing. */
  NeonKeyRefused: { retryable: true },
  /** The key may not do this: 403. */
  NeonUnauthorized: { retryable: false },
  /** The requested resource does not exist: 404. */
  NeonNotFound: { retryable: false },
  /** Another change conflicts with the request: 409. */
  NeonConflict: { retryable: false },
  /** 423: other operations hold the project. Neon did nothing. */
  NeonLocked: { retryable: true, benign: true },
  /** 429: Neon did nothing. */
  NeonRateLimited: { retryable: true, benign: true },
  /** A read failed, or any request got a 503: nothing was changed. */
  NeonUnavailable: { retryable: true },
  /** A change got no response or a server error, so Neon may have made it. Check before acting again. */
  NeonOutcomeUnknown: { retryable: true },
  /** A response does not have the shape that Neon documents, or does not match the request. */
  NeonContractViolation: { retryable: false },
  /** A project at Neon is not the requested one, or not the one in the catalog: it is left alone. */
  ForeignProject: { retryable: false },
  /** The inventory of projects was incomplete, so it does not prove that a project is absent. */
  NeonInventoryIncomplete: { retryable: true, benign: true },
  /** A lookup found no trace of a create whose response was lost; the next attempt may create again. */
  NeonCreateNotSeen: { retryable: true, benign: true },
  /** Operations of the project are still running. */
  NeonOperationPending: { retryable: true, benign: true },
  /** An operation ended in error, or was cancelled. */
  NeonOperationFailed: { retryable: false },
  /** The tenant's Postgres does not answer yet. */
  DatabaseUnreachable: { retryable: true },
  /**
   * A quota of the project is used up, so Neon refuses all connections until the quota is raised or the period ends.
   */
  DatabaseOverQuota: { retryable: false },
  /** A tenant that should be shut out can still connect. */
  DatabaseStillOpen: { retryable: true, benign: true },
  /** A user's hook failed. */
  HookFailed: { retryable: true },
  /**
   * The request does not fit the existing project: the plan is too small for the data, or the project cannot be
   * adopted.
   */
  RequestUnfit: { retryable: false },
  /** The tenant's Postgres refused one of our statements. */
  DatabaseRefused: { retryable: false },
  /** One of the user's migrations does not apply. */
  MigrationFailed: { retryable: false },
  /**
   * A contract is held back: a tenant lacks the migrations before it, or an older build of the application may still
   * be running.
   */
  ContractBlocked: { retryable: false },
  /** The tenant's own role may do more, or less, than it should. */
  RoleUnfit: { retryable: false },
  /** A database and its copy differ. */
  CopyDiffers: { retryable: false },
  /** A snapshot cannot be restored, or its contents are not as they should be. */
  SnapshotBroken: { retryable: false },
  /** The catalog's Postgres does not answer. */
  CatalogUnavailable: { retryable: true },
  /** The catalog refused a statement because of the data in it: the same statement would be refused again. */
  CatalogRefused: { retryable: false },
  /** The fleet's own secret store is out of reach, or asks the client to wait. */
  SecretStoreUnavailable: { retryable: true },
  /** Another run holds the tenant: this one changes nothing more, and undoes nothing. */
  StaleRun: { retryable: false },
  /** The operation is not allowed in the tenant's present state. */
  TenantStateConflict: { retryable: false },
  /**
   * The worker's fleet has no plan with that name. Another release may have it, so the failure is only final after
   * `timings.deployGrace`.
   */
  UnknownPlan: { retryable: true },
  /** The same for a hook. */
  UnknownHook: { retryable: true },
  /** The same for a migration. */
  UnknownMigration: { retryable: true },
  /** The tenant belongs to another fleet than the worker. */
  ForeignFleet: { retryable: false },
  /** The operation was cancelled and undone. */
  Cancelled: { retryable: false },
  /** A person gave up a step that could not have ended otherwise. */
  GivenUp: { retryable: false },
  /** A step's deadline passed before any attempt ended, so the cause of the delay is unknown. */
  OutOfTime: { retryable: true },
  /** A defect or a missing key: retried until a deploy fixes it or the run is cancelled. */
  Unexpected: { retryable: true },
} as const satisfies Record<string, Disposition>;

export type FailureType = keyof typeof failures;

/** The details that a failure carries besides its message: ids and statuses, never a body or a connection string. */
export interface FailureDetails {
  readonly status?: number;
  readonly requestId?: string;
  readonly neonCode?: string;
  readonly projectId?: string;
  readonly operationIds?: readonly string[];
  readonly sqlState?: string;
  readonly file?: string;
  readonly line?: number;
}

interface FailureOptions {
  readonly details?: FailureDetails;
  /** For a failure whose source says that a retry is useless. @default the disposition of its type */
  readonly nonRetryable?: boolean | undefined;
  /** When the server asks for the next attempt, in milliseconds; when absent, the retry policy decides. */
  readonly retryAfterMs?: number | undefined;
}

/** Temporal reads a delay of zero as "no next attempt". */
const shortestDelayMs = 1;

/** These are short because every history event that mentions a failure contains it. */
const longestMessage = 500;
const longestDetail = 200;
const mostIds = 100;

/**
 * Makes a failure of the closed set. Its message and the texts in its details may come from outside, so they are
 * redacted here: no failure carries text that a terminal would obey or a reader would not see.
 */
export function failure(
  type: FailureType,
  message: string,
  options: FailureOptions = {},
): ApplicationFailure {
  const { retryable, benign }: Disposition = failures[type];
  const made = ApplicationFailure.create({
    type,
    message: redact(message, longestMessage),
    nonRetryable: options.nonRetryable ?? !retryable,
    ...(options.details === undefined ? {} : { details: [redactedDetails(options.details)] }),
    ...(options.retryAfterMs === undefined
      ? {}
      : { nextRetryDelay: Math.max(options.retryAfterMs, shortestDelayMs) }),
    ...(benign ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
  // An expected wait needs no stack trace: it would be in the history of every run that waits.
  if (benign) made.stack = '';
  return made;
}

/** Redacts the texts in a failure's details, which may come from outside too. */
export function redactedDetails(details: FailureDetails): FailureDetails {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, redactedDetail(value)]));
}

function redactedDetail(value: FailureDetails[keyof FailureDetails]) {
  if (typeof value === 'string') return redact(value, longestDetail);
  return typeof value === 'object' ? value.slice(0, mostIds).map((id) => redact(id, longestDetail)) : value;
}

export function isFailureType(type: unknown): type is FailureType {
  return typeof type === 'string' && Object.hasOwn(failures, type);
}

/** The details that one of our failures carries besides its message. */
export function detailsOf({ details }: ApplicationFailure): FailureDetails {
  const [first] = (details ?? []) as readonly (FailureDetails | undefined)[];
  return first ?? {};
}

/** Whether a thrown value is a failure of that type. */
export function isFailure(error: unknown, type: FailureType): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === type;
}
