import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common/lib/failure.js';
import { redact } from './redact.js';

/** The properties of a type of failure: whether a retry can help, and whether it is an expected wait. */
interface Disposition {
  readonly retryable: boolean;
  /** An expected wait: logged at debug level, counted by no failure metric. */
  readonly benign?: true;
}

/**
 * The closed set of failures that cross from an activity into a workflow. Their names are what a person reads in the
 * Temporal UI and what client code switches on, so a name once given stays.
 */
export const failures = {
  /** Neon refused the request as malformed or against a rule: 400, 406, 412, 422. */
  NeonBadRequest: { retryable: false },
  /** The account has as many projects, branches or roles as its plan allows: 422 with `…_LIMIT_EXCEEDED`. */
  NeonLimitReached: { retryable: false },
  /** The key is unknown, or not known any more: 401. Neon did nothing. */
  NeonKeyRefused: { retryable: true },
  /** The key may not do this: 403. */
  NeonUnauthorized: { retryable: false },
  /** What was asked for is not there: 404. */
  NeonNotFound: { retryable: false },
  /** Another change stands against it: 409. */
  NeonConflict: { retryable: false },
  /** 423: other operations hold the project. Neon did nothing. */
  NeonLocked: { retryable: true, benign: true },
  /** 429: Neon did nothing. */
  NeonRateLimited: { retryable: true, benign: true },
  /** No good answer to a question, or a 503 to anything: nothing was changed. */
  NeonUnavailable: { retryable: true },
  /** No answer, or a server error, to a change: it may have been made. Look before acting again. */
  NeonOutcomeUnknown: { retryable: true },
  /** An answer that is not of the shape Neon documents, or not one to what was asked. */
  NeonContractViolation: { retryable: false },
  /** A project at Neon is not the one that was asked for, or that the catalog has: it is left alone. */
  ForeignProject: { retryable: false },
  /** The inventory of projects came back incomplete, so it proves nothing absent. */
  NeonInventoryIncomplete: { retryable: true, benign: true },
  /** A look found no trace of a create whose reply was lost; the next attempt may create again. */
  NeonCreateNotSeen: { retryable: true, benign: true },
  /** Operations of the project are still running. */
  NeonOperationPending: { retryable: true, benign: true },
  /** An operation ended in error, or was cancelled. */
  NeonOperationFailed: { retryable: false },
  /** The tenant's Postgres does not answer yet. */
  DatabaseUnreachable: { retryable: true },
  /** A quota of the project is used up, so Neon lets nobody in until it is raised or the period ends. */
  DatabaseOverQuota: { retryable: false },
  /** A tenant that is to be shut out can still get in. */
  DatabaseStillOpen: { retryable: true, benign: true },
  /** A hook of the user's failed. */
  HookFailed: { retryable: true },
  /** What is asked for does not fit what is there: a plan too small for the data, a project unfit to be adopted. */
  RequestUnfit: { retryable: false },
  /** The tenant's Postgres answered, and refused a statement of ours. */
  DatabaseRefused: { retryable: false },
  /** A migration of the user's does not apply. */
  MigrationFailed: { retryable: false },
  /** A contract is held back: a tenant lacks what comes before it, or a build that is older than it may be running. */
  ContractBlocked: { retryable: false },
  /** The tenant's own role can do more, or less, than it should. */
  RoleUnfit: { retryable: false },
  /** A database and its copy are not the same. */
  CopyDiffers: { retryable: false },
  /** A snapshot cannot be restored, or what it holds is not what it should. */
  SnapshotBroken: { retryable: false },
  /** The catalog's Postgres does not answer. */
  CatalogUnavailable: { retryable: true },
  /** The catalog answered, and refused a statement for what is in it: the same one would be refused again. */
  CatalogRefused: { retryable: false },
  /** The fleet's own store of secrets is out of reach, or asks for patience. */
  SecretStoreUnavailable: { retryable: true },
  /** The tenant is in another run's hands: this one changes nothing more, and undoes nothing. */
  StaleRun: { retryable: false },
  /** The operation is not allowed in the tenant's present state. */
  TenantStateConflict: { retryable: false },
  /** The worker's fleet has no plan of that name. Another release may have it: final only after `timings.deployGrace`. */
  UnknownPlan: { retryable: true },
  /** The same of a hook. */
  UnknownHook: { retryable: true },
  /** The same of a migration. */
  UnknownMigration: { retryable: true },
  /** The tenant is of another fleet than the worker. */
  ForeignFleet: { retryable: false },
  /** The operation was cancelled, and undone. */
  Cancelled: { retryable: false },
  /** A person gave up a step that nothing else would have ended. */
  GivenUp: { retryable: false },
  /** A step's deadline went by before any attempt of it came to an end, so nothing is known of what held it up. */
  OutOfTime: { retryable: true },
  /** A defect, or a key that is missing: tried again until a deploy fixes it or the run is cancelled. */
  Unexpected: { retryable: true },
} as const satisfies Record<string, Disposition>;

export type FailureType = keyof typeof failures;

/** What a failure carries besides its sentence: ids and statuses, never a body or a connection string. */
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
  /** For one whose own words say that trying again is of no use. @default what its type says */
  readonly nonRetryable?: boolean | undefined;
  /** When the server is to try again, in milliseconds; the retry policy decides when absent. */
  readonly retryAfterMs?: number | undefined;
}

/** To Temporal, a delay of zero means that there is no next attempt. */
const shortestDelayMs = 1;

/** Kept short: a failure travels in every history event that mentions it. */
const longestMessage = 500;
const longestDetail = 200;
const mostIds = 100;

/**
 * A failure of the closed set. Its message and the texts in its details may come from elsewhere: they are redacted here,
 * so that no failure carries a text that a terminal obeys or a reader does not see.
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
  // An expected wait needs no stack trace, which would be in the history of every run that waits.
  if (benign) made.stack = '';
  return made;
}

/** Texts in a failure's details may come from elsewhere too. */
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

/** What a failure of ours carries besides its sentence. */
export function detailsOf({ details }: ApplicationFailure): FailureDetails {
  const [first] = (details ?? []) as readonly (FailureDetails | undefined)[];
  return first ?? {};
}

/** Whether something that was thrown is a failure of that type. */
export function isFailure(error: unknown, type: FailureType): error is ApplicationFailure {
  return error instanceof ApplicationFailure && error.type === type;
}
