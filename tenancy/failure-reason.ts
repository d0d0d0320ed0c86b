import type { ApplicationFailure } from '@temporalio/common';
import { detailsOf, type FailureDetails, type FailureType, isFailureType } from './failures.js';

/** Why an operation on a tenant failed: the failure's type and its sentence. */
export interface FailureReason extends ReasonDetails {
  readonly type: FailureType;
  readonly message: string;
}

/** What of a failure's details goes with its reason. */
export type ReasonDetails = Pick<FailureDetails, (typeof reasonDetails)[number]>;

const reasonDetails = [
  /** Neon's id of the request that failed, for its support. */
  'requestId',
  /** Postgres's code of the error: five characters. */
  'sqlState',
  /** The migration that failed. */
  'file',
  /** The line of it, from 1. */
  'line',
] as const satisfies readonly (keyof FailureDetails)[];

/** Those that a failure, or a reason, has. */
export function reasonDetailsOf(details: FailureDetails): ReasonDetails {
  return Object.fromEntries(
    reasonDetails.flatMap((name) => (details[name] === undefined ? [] : [[name, details[name]]])),
  );
}

/** The reason that a failure of ours tells; any other is unexpected. */
export function reasonIn(failure: ApplicationFailure): FailureReason {
  const { type, message } = failure;
  return {
    type: isFailureType(type) ? type : 'Unexpected',
    message,
    ...reasonDetailsOf(detailsOf(failure)),
  };
}
