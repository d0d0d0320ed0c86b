import type { ApplicationFailure } from '@temporalio/common';
import { detailsOf, type FailureDetails, type FailureType, isFailureType } from './failures.js';

/** Why an operation on a tenant failed: the failure's type and its sentence. */
export interface FailureReason extends ReasonDetails {
  readonly type: FailureType;
  readonly message: string;
}

/** The details of a failure that its reason keeps. */
export type ReasonDetails = Pick<FailureDetails, (typeof reasonDetails)[number]>;

const reasonDetails = [
  /** Neon's id of the failed request, for Neon's support. */
  'requestId',
  /** Postgres's error code: five characters. */
  'sqlState',
  /** The migration that failed. */
  'file',
  /** The line in that migration, from 1. */
  'line',
] as const satisfies readonly (keyof FailureDetails)[];

/** The details that a failure, or a reason, has. */
export function reasonDetailsOf(details: FailureDetails): ReasonDetails {
  return Object.fromEntries(
    reasonDetails.flatMap((name) => (details[name] === undefined ? [] : [[name, details[name]]])),
  );
}

/** The reason in a failure of ours; any other error is unexpected. */
export function reasonIn(failure: ApplicationFailure): FailureReason {
  const { type, message } = failure;
  return {
    type: isFailureType(type) ? type : 'Unexpected',
    message,
    ...reasonDetailsOf(detailsOf(failure)),
  };
}
